import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { isCommonjsFile } from "./commonjs-exports.ts";
import type { ModuleRecord } from "./record.ts";

/** A module's exports, or the Promise of them while it loads. One entry per URL, for ever. */
const loaded = new Map<string, object | Promise<object>>();

/** The exports of a module: at once when it was loaded this way before, or is CommonJS. */
export function moduleExports({
  url,
  format,
}: Pick<ModuleRecord, "url" | "format">): object | Promise<object> {
  if (format === "commonjs") return createRequire(url)(fileURLToPath(url)) as object;
  const known = loaded.get(url);
  if (known !== undefined) return known;
  const loading = import(url).then(
    (namespace: object) => {
      loaded.set(url, namespace);
      return namespace;
    },
    (error: unknown) => {
      loaded.delete(url);
      throw error;
    },
  );
  loaded.set(url, loading);
  return loading;
}

/** Whether an imported module is in fact CommonJS: then its exports may hide behind `default`. */
export function isCommonjsUrl(url: string): boolean {
  return url.startsWith("file:") && isCommonjsFile(fileURLToPath(url.replace(/[?#].*$/, "")));
}
