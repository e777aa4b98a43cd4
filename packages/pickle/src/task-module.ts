import { createRequire } from "node:module";
import { isAbsolute, join } from "node:path";
import { pathToFileURL } from "node:url";
import { taskReference } from "./task-reference.ts";

/** The functions that a module exports, alone or inside exported objects, with their types. */
export type TaskModule<Exports> = {
  readonly [Key in keyof Exports as Exports[Key] extends object ? Key : never]: TaskMember<
    Exports[Key]
  >;
};

type TaskMember<Value> = Value extends (...args: never[]) => unknown ? Value : TaskModule<Value>;

/**
 * The first `import("…")` or `require("…")` of a thunk, comments of bundlers before the text aside.
 * In vitest it reads `__vite_ssr_dynamic_import__("/path/from/the/root")`.
 */
const SPECIFIER =
  /\b(import|require|__vite_ssr_dynamic_import__)\(\s*(?:\/\*[^]*?\*\/\s*)*(["'`])((?:(?!\2)[^\\$])+)\2/;

/**
 * Names the functions of a module explicitly, without loading it here.
 *
 * What it returns has the module's functions as members, with their types, to be submitted; they
 * cannot be called. Bundlers follow the `import()`; when one leaves no file to point at, the module
 * is loaded here after all and its function sent as any other.
 *
 * @param load - `() => import("./image.js")`, written out at the call: its text is read.
 * @param base - What relative specifiers are relative to. Default: the file of the caller.
 *
 * @example
 * ```ts
 * import { pickleFunction, taskModule } from "@concurrent/pickle";
 *
 * const path = taskModule(() => import("node:path"), import.meta.url);
 * console.log(await pickleFunction(path.join)); // { name: "join", record: { kind: "module", … } }
 * ```
 */
export function taskModule<Exports extends object>(
  load: () => Promise<Exports>,
  base?: string | URL,
): TaskModule<Exports> {
  const from = base === undefined ? callerFile() : String(base);
  const url = from && moduleUrl(Function.prototype.toString.call(load), asUrl(from));
  return taskReference({ url: url || undefined, load, path: [] }) as TaskModule<Exports>;
}

function moduleUrl(thunk: string, base: string): string | undefined {
  const [, keyword, , specifier] = SPECIFIER.exec(thunk) ?? [];
  if (specifier === undefined) return undefined;
  return keyword === "__vite_ssr_dynamic_import__" ? viteUrl(specifier) : resolve(specifier, base);
}

/** What vite makes of a specifier: a path from its root, which is where it was started. */
function viteUrl(specifier: string): string {
  const outside = /^\/@fs(\/.*)/.exec(specifier)?.[1];
  return pathToFileURL(outside ?? join(process.cwd(), specifier)).href;
}

function resolve(specifier: string, base: string): string | undefined {
  if (/^[a-z][a-z\d+.-]*:/i.test(specifier)) return specifier;
  if (/^\.{0,2}\//.test(specifier)) return new URL(specifier, base).href;
  try {
    return pathToFileURL(createRequire(base).resolve(specifier)).href;
  } catch {
    // A package for `import` alone, which `require` cannot see: the thunk will load it.
    return undefined;
  }
}

function asUrl(file: string): string {
  return isAbsolute(file) ? pathToFileURL(file).href : file;
}

/** The file that called `taskModule`, from the stack; not under `--frozen-intrinsics`. */
function callerFile(): string | undefined {
  const { stackTraceLimit } = Error;
  const prepare = Object.getOwnPropertyDescriptor(Error, "prepareStackTrace");
  try {
    Reflect.set(Error, "stackTraceLimit", 3);
    Reflect.set(Error, "prepareStackTrace", (_error: Error, sites: NodeJS.CallSite[]) => sites);
    const sites: unknown = new Error("for its stack").stack;
    // Here, taskModule, its caller.
    const caller = Array.isArray(sites) ? (sites as NodeJS.CallSite[])[2] : undefined;
    return caller?.getFileName() ?? undefined;
  } finally {
    Reflect.set(Error, "stackTraceLimit", stackTraceLimit);
    if (prepare) Reflect.defineProperty(Error, "prepareStackTrace", prepare);
    else Reflect.deleteProperty(Error, "prepareStackTrace");
  }
}
