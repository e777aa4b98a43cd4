import { types } from "node:util";
import { nameOf } from "../functions/function-name.ts";
import { className } from "../values/kinds.ts";
import type { ErrorPart, Payload } from "../values/payload.ts";
import type { Policy } from "../values/policy.ts";
import { Reducer } from "../values/reducer.ts";
import { reduceError } from "./reduce-error.ts";

/** What was thrown, as plain data for structured clone. Only `unpickleError` knows what is in it. */
export interface PickledError {
  readonly thrown: Payload;
}

/** Everything travels in some form: what cannot be sent is replaced by its description. */
const DESCRIBING: Policy = {
  strict: true,
  // What a process cannot be sent may fail in a thread as well, when it is not listed for transfer.
  target: "process",
  transfer: new Set(),
  reduceError,
  refuse: (_what, _path, value, cause) =>
    cause === undefined ? describe(value) : `[threw: ${describe(cause)}]`,
};

/**
 * Makes whatever was thrown ready for structured clone. Never throws itself.
 *
 * Errors keep name, message, stack, own properties, `code`, `cause`, `errors`; of those, parts that
 * cannot travel become a description. Other values are kept, too, as far as they can travel.
 *
 * @example
 * ```ts
 * import { pickleError, unpickleError } from "@concurrent/pickle";
 *
 * const pickled = pickleError(new RangeError("too far", { cause: "the map ends here" }));
 * const error = unpickleError(structuredClone(pickled), { worker: "worker thread 2" });
 * console.log(error instanceof RangeError, (error as Error).cause); // true the map ends here
 * ```
 */
export function pickleError(thrown: unknown): PickledError {
  try {
    return { thrown: new Reducer("error", DESCRIBING).reduce(thrown) };
  } catch (failure) {
    // Too deep for the stack, or more hostile than is provided for: at least say that it happened.
    const payload: Payload = { root: null, parts: [lastResort(thrown, failure)], places: [] };
    payload.places.push([payload, "root", 0]);
    return { thrown: payload };
  }
}

function lastResort(thrown: unknown, failure: unknown): ErrorPart {
  const message = safely(() => (thrown as Error).message) ?? describe(thrown);
  const reason = safely(() => (failure as Error).message) ?? "";
  return {
    kind: "error",
    class: "Error",
    name: safely(() => (thrown as Error).name) ?? "Error",
    message,
    stack: safely(() => (thrown as Error).stack),
    fields: {},
    hidden: { cause: `the rest of the error could not be sent: ${reason}` },
  };
}

/** What an accessor gives if it is a string and does not throw. */
function safely(read: () => unknown): string | undefined {
  try {
    const value = read();
    return typeof value === "string" ? value : undefined;
  } catch {
    // Whatever was thrown at us may throw again when it is read.
    return undefined;
  }
}

/** A few words for a value that cannot be sent. Runs no code of the value. */
function describe(value: unknown): string {
  if (typeof value === "function") {
    return types.isProxy(value) ? "[Proxy]" : `[function ${nameOf(value) || "(anonymous)"}]`;
  }
  if (typeof value !== "object" || value === null) return String(value);
  if (types.isProxy(value)) return "[Proxy]";
  return `[object ${className(value) || "Object"}]`;
}
