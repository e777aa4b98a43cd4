import { compileSource } from "./compile-source.ts";
import { followPath } from "./find-member.ts";
import { isCommonjsUrl, moduleExports } from "./module-exports.ts";
import type { AnyFunction, FunctionRecord, ModuleRecord } from "./record.ts";

/**
 * The function that a record stands for, here. A Promise only while its module loads for the first
 * time.
 *
 * @throws {@link Error} that names the module when it cannot be loaded (its own error is the
 * `cause`) or lacks the function; the Promise rejects with the same.
 */
export function unpickleFunction(record: FunctionRecord): AnyFunction | Promise<AnyFunction> {
  if (record.kind === "source") return compileSource(record);
  if (record.kind === "module") return unpickleReference(record);
  if (record.kind === "global") return functionAt(globalThis, record.path, "the global object");
  return functionAt(process.getBuiltinModule(record.module), record.path, record.module);
}

function unpickleReference(record: ModuleRecord): AnyFunction | Promise<AnyFunction> {
  let exports: object | Promise<object>;
  try {
    exports = moduleExports(record);
  } catch (error) {
    throw loadError(record, error);
  }
  if (!(exports instanceof Promise)) return exportedFunction(exports, record);
  return exports.then(
    (namespace) => exportedFunction(namespace, record),
    (error: unknown) => {
      throw loadError(record, error);
    },
  );
}

function exportedFunction(exports: object, { url, path, format }: ModuleRecord): AnyFunction {
  const [first] = path;
  // Imported CommonJS shows only the names that Node could read from its text; the rest is in `default`.
  const isHidden = format === "esm" && first !== undefined && !(first in exports);
  const root = isHidden && isCommonjsUrl(url) ? Reflect.get(exports, "default") : exports;
  return functionAt(root, path, `module ${url}`);
}

function functionAt(root: unknown, path: readonly string[], where: string): AnyFunction {
  const value = followPath(root, path);
  if (typeof value === "function") return value;
  const what = path.length === 0 ? "is not a function itself" : `has no function ${path.join(".")}`;
  throw Object.assign(new Error(`${where} ${what}, here in the worker`), {
    code: "ERR_PICKLE_MISSING_EXPORT",
  });
}

function loadError({ url }: ModuleRecord, cause: unknown): Error {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return Object.assign(
    new Error(`module ${url} failed to load in the worker: ${reason}`, { cause }),
    {
      code: "ERR_PICKLE_MODULE_LOAD",
    },
  );
}
