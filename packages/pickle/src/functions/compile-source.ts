import { constants, Script, type ScriptOptions } from "node:vm";
import { LruCache } from "../lru-cache.ts";
import type { AnyFunction, SourceRecord } from "./record.ts";

const scripts = new LruCache<string, Script>(1000);

/** Makes a function of the main realm from its source text; a new one each time, compiled once. */
export function compileSource(record: SourceRecord): AnyFunction {
  const key = JSON.stringify([record.text, record.name, record.strict, record.location]);
  let script = scripts.get(key);
  if (script === undefined) {
    script = compile(record);
    scripts.set(key, script);
  }
  const fn = script.runInThisContext() as AnyFunction;
  if (fn.name !== record.name) {
    Object.defineProperty(fn, "name", { value: record.name, configurable: true });
  }
  return fn;
}

function compile({ text, name, form, strict, dynamicImport, location }: SourceRecord): Script {
  const directive = strict ? '"use strict";' : "";
  // The text begins on a line of its own, at its own column, so that positions in stacks are right.
  const body = `${" ".repeat(location?.column ?? 0)}${text}`;
  const code =
    form === "method"
      ? `${directive}({\n${body}\n})[${JSON.stringify(name)}]`
      : `${directive}(\n${body}\n)`;
  return new Script(code, {
    filename: location?.url ?? `concurrent:${name || "anonymous"}`,
    lineOffset: (location?.line ?? 0) - 1,
    ...(dynamicImport && loader()),
  });
}

/** Node prints a warning when it is used, so only texts with `import()` get it. */
function loader(): ScriptOptions {
  return { importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER };
}
