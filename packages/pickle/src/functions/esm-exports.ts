import { type Inspection, knownLocation, locate } from "../inspector.ts";
import { findMember, isWithin } from "./find-member.ts";
import { isMainModule } from "./main-module.ts";
import { moduleExports } from "./module-exports.ts";
import type { AnyFunction, ModuleRecord } from "./record.ts";

/**
 * How long to wait for a module that is loaded but still awaits something at its top level.
 *
 * It may be waiting for the very task that this function belongs to, and then it would wait for ever.
 */
const UNFINISHED_MODULE = 1000;

/** Module-level functions that were looked for among the exports of their module in vain. */
const notExported = new WeakSet<AnyFunction>();

/**
 * A function that an ES module exports. `undefined` when it is an inline function, is not exported,
 * or belongs to the entry script.
 *
 * A Promise the first time that a module is asked for: its exports can only be had by `import`.
 * The module is loaded already, so nothing of it runs again.
 */
export function esmRecord(
  fn: AnyFunction,
  inspection: Inspection,
): ModuleRecord | undefined | Promise<ModuleRecord | undefined> {
  if (!isModuleLevel(fn, inspection) || notExported.has(fn)) return undefined;
  const url = (knownLocation(inspection.position) ?? locate(inspection.position))?.url;
  if (!url || isMainModule(url)) return undefined;
  const exports = moduleExports({ url, format: "esm" });
  if (!(exports instanceof Promise)) return recordIn(exports, fn, url);
  return finishedSoon(exports).then((namespace) => namespace && recordIn(namespace, fn, url));
}

/**
 * Whether a function is a variable of its module or a member of one. Without a `Module` scope (a
 * bundler's or test runner's wrapper, `eval`) an `import` would run the file a second time: no.
 */
export function isModuleLevel(fn: AnyFunction, { scopes }: Inspection): boolean {
  const module = scopes.find((scope) => scope.type === "Module");
  if (module === undefined) return false;
  // `export default <expression>` has a name but no variable.
  return isWithin(module.vars, fn) || (scopes[0] === module && fn.name === "default");
}

function recordIn(namespace: object, fn: AnyFunction, url: string): ModuleRecord | undefined {
  const path = findMember(namespace, fn);
  if (path !== undefined) return { kind: "module", url, path, format: "esm" };
  notExported.add(fn);
  return undefined;
}

async function finishedSoon(exports: Promise<object>): Promise<object | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<undefined>((resolve) => {
    // Keeps the process alive: Node ends a program whose top level awaits nothing that can happen.
    timer = setTimeout(resolve, UNFINISHED_MODULE, undefined);
  });
  try {
    return await Promise.race([exports, tooLate]);
  } catch {
    // Its top level threw, as its importers have heard; a function that escaped it is not exported.
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}
