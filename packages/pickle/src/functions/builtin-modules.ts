import { builtinModules, isBuiltin } from "node:module";
import type { AnyFunction, BuiltinRecord } from "./record.ts";

/** Loading these again prints a deprecation, or they are aliases of others. */
const SKIPPED = /^(?:internal\/|punycode|sys$|_|constants$)/;

const PARTS = /\/(?:promises|posix|win32|types|strict)$/;

const index = new WeakMap<object, BuiltinRecord>();
let indexedCount = 0;

/**
 * A function that a loaded module of Node exports.
 *
 * Only what is loaded is indexed: nobody can hold a function of a module that is not.
 */
export function builtinRecord(fn: AnyFunction): BuiltinRecord | undefined {
  const loaded = loadedModules();
  if (loaded.length !== indexedCount) {
    for (const entry of loaded.slice(indexedCount)) indexEntry(entry);
    indexedCount = loaded.length;
  }
  return index.get(fn);
}

/** Node's own list, such as `NativeModule path`, in the order of loading. Undocumented, but older than workers. */
function loadedModules(): readonly string[] {
  const list: unknown = Reflect.get(process, "moduleLoadList");
  return Array.isArray(list) ? (list as string[]) : [];
}

function indexEntry(entry: string): void {
  const name = /^NativeModule (.+)$/.exec(entry)?.[1];
  if (name === undefined || SKIPPED.test(name) || !isBuiltin(`node:${name}`)) return;
  indexModule(name);
  // Parts of a module are loaded with it and reached through it (`fs.promises`), unlisted.
  for (const part of builtinModules) {
    if (part.startsWith(`${name}/`) && PARTS.test(part)) indexModule(part);
  }
}

function indexModule(name: string): void {
  const module = `node:${name}`;
  const exports: unknown = process.getBuiltinModule(module);
  if ((typeof exports !== "object" && typeof exports !== "function") || exports === null) return;
  if (typeof exports === "function") add(exports, { kind: "builtin", module, path: [] });
  for (const [key, property] of Object.entries(Object.getOwnPropertyDescriptors(exports))) {
    const value: unknown = property.value;
    if (typeof value === "function") add(value, { kind: "builtin", module, path: [key] });
  }
}

function add(fn: object, record: BuiltinRecord): void {
  if (!index.has(fn)) index.set(fn, record);
}
