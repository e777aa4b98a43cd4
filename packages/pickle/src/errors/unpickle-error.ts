import { unpickleValue } from "../values/unpickle-value.ts";
import type { PickledError } from "./pickle-error.ts";
import { setHidden } from "./rebuild-error.ts";
import { type ErrorContext, withContext } from "./stack.ts";

/**
 * What was thrown elsewhere, as itself: an error of its class (or the nearest that exists here), or
 * the value. The stack of an error goes on with a line for the worker and the frames of the submit
 * call, as far as `context` has them.
 *
 * @example
 * ```ts
 * import { pickleError, unpickleError } from "@concurrent/pickle";
 *
 * const pickled = structuredClone(pickleError(new TypeError("no image")));
 * const error = unpickleError(pickled, { worker: "worker thread 2", task: "resize" }) as Error;
 * console.log(error.stack); // … then: --- worker thread 2 (task "resize") ---
 * ```
 */
export function unpickleError(pickled: PickledError, context: ErrorContext = {}): unknown {
  const thrown = unpickleValue(pickled.thrown);
  if (thrown instanceof Error && typeof thrown.stack === "string") {
    setHidden(thrown, "stack", withContext(thrown.stack, context));
  }
  return thrown;
}
