import { SerializationError } from "@concurrent/futures/errors";
import { type Inspection, inspectFunction, inspectorIsAvailable, locate } from "../inspector.ts";
import { nameOf } from "./function-name.ts";
import { isModuleLevel } from "./esm-exports.ts";
import { isMainModule } from "./main-module.ts";
import type { AnyFunction, SourceLocation } from "./record.ts";

/** Why a function cannot travel. */
export interface Reason {
  /** Continues "it …". */
  readonly reason: string;
  /** @defaultValue to export the function from a module of its own */
  readonly remedy?: string | undefined;
  readonly cause?: unknown;
}

/** The error of a function that cannot travel: which one, where it stands, why, and what to do. */
export function refusal(fn: AnyFunction, { reason, remedy, cause }: Reason): SerializationError {
  const inspection = inspectorIsAvailable() ? inspectFunction(fn) : undefined;
  const location = locate(inspection?.position);
  const name = nameOf(fn);
  const what = name === "" ? "an anonymous function" : `function "${name}"`;
  const where = location ? ` (${location.url}:${location.line + 1}:${location.column + 1})` : "";
  return new SerializationError(
    `cannot send ${what}${where} to a worker: it ${reason}; ` +
      (remedy ?? exportRemedy(fn, inspection, location)),
    cause === undefined ? undefined : { cause },
  );
}

function exportRemedy(
  fn: AnyFunction,
  inspection: Inspection | undefined,
  location: SourceLocation | undefined,
): string {
  if (location?.url.startsWith("node:")) return "send a function that calls it";
  const otherwise = "or pass what it needs as arguments";
  if (location && isMainModule(location.url)) {
    return (
      "a worker cannot import functions of the entry script, because that would run the program " +
      `again: move the function to a module of its own and export it, ${otherwise}`
    );
  }
  if (inspection && isModuleLevel(fn, inspection)) {
    return `export it from its module, ${otherwise}`;
  }
  return (
    `move it to a module and export it, ${otherwise}; ` +
    "taskModule() names an exported function explicitly"
  );
}
