import { createRequire } from "node:module";
import { types } from "node:util";
import { pathToFileURL } from "node:url";
import { everyMember } from "./find-member.ts";
import { isMainModule } from "./main-module.ts";
import type { AnyFunction, ModuleRecord } from "./record.ts";

const require = createRequire(import.meta.url);

// Both only grow, and weakly: a module counts as indexed once its top level has run to its end.
const index = new WeakMap<object, ModuleRecord>();
const indexed = new WeakSet<NodeJS.Module>();

/** A function that a loaded CommonJS module exports. Needs no inspector and loads nothing. */
export function commonjsRecord(fn: AnyFunction): ModuleRecord | undefined {
  const known = index.get(fn);
  if (known !== undefined) return known;
  for (const file in require.cache) {
    const module = require.cache[file];
    if (module === undefined || !module.loaded || indexed.has(module)) continue;
    indexed.add(module);
    if (module !== require.main && !isMainModule(file)) indexModule(file, module.exports);
  }
  return index.get(fn);
}

/** Whether a module that was imported is a CommonJS one: then it stands in `require.cache`. */
export function isCommonjsFile(path: string): boolean {
  const module = require.cache[path];
  return module !== undefined && !types.isModuleNamespaceObject(module.exports);
}

function indexModule(file: string, exports: unknown): void {
  // A module that was required but is written as ESM: its namespace is what `import` gives, too.
  const format = types.isModuleNamespaceObject(exports) ? "esm" : "commonjs";
  const add = (value: unknown, path: string[]): void => {
    if (typeof value !== "function" || index.has(value)) return;
    index.set(value, { kind: "module", url: pathToFileURL(file).href, path, format });
  };
  add(exports, []);
  if ((typeof exports !== "object" && typeof exports !== "function") || exports === null) return;
  if (types.isProxy(exports)) return;
  // Compilers write re-exports as getters and mark the module; other getters may do anything.
  const readGetters = Object.hasOwn(exports, "__esModule");
  for (const [value, path] of everyMember(exports, readGetters)) add(value, path);
}
