import { createRequire } from "node:module";
import { isAbsolute } from "node:path";
import { pathToFileURL } from "node:url";
import { taskReference } from "./task-reference.ts";

/** The functions that a module exports, alone or inside exported objects, with their types. */
export type TaskModule<Exports> = {
  readonly [Key in keyof Exports as Exports[Key] extends object ? Key : never]: TaskMember<
    Exports[Key]
  >;
};

type TaskMember<Value> = Value extends (...args: never[]) => unknown ? Value : TaskModule<Value>;

/** The first `import("…")` or `require("…")` of a thunk, comments of bundlers before the text aside. */
const SPECIFIER = /\b(?:import|require)\(\s*(?:\/\*[^]*?\*\/\s*)*(["'`])((?:(?!\1)[^\\$])+)\1/;

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
  const specifier = SPECIFIER.exec(Function.prototype.toString.call(load))?.[2];
  const from = base === undefined ? callerFile() : String(base);
  const url = specifier && from && resolve(specifier, asUrl(from));
  return taskReference({ url: url || undefined, load, path: [] }) as TaskModule<Exports>;
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

/** The file that called `taskModule`, from the stack. */
function callerFile(): string | undefined {
  const { stackTraceLimit } = Error;
  const prepare = Object.getOwnPropertyDescriptor(Error, "prepareStackTrace");
  try {
    Error.stackTraceLimit = 3;
    Error.prepareStackTrace = (_error, sites) => sites;
    // Here, taskModule, its caller.
    const sites = new Error("for its stack").stack as unknown as NodeJS.CallSite[];
    return sites[2]?.getFileName() ?? undefined;
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    if (prepare) Object.defineProperty(Error, "prepareStackTrace", prepare);
    else Reflect.deleteProperty(Error, "prepareStackTrace");
  }
}
