import type { AsyncResource } from "node:async_hooks";
import { brief } from "./describe.ts";
import { warn } from "./warn.ts";

/** A Future, for a warning: what its text is. */
interface Named {
  toString(): string;
}

/** A function to call when a Future is done, with the `AsyncLocalStorage` context in which it was added. */
export class DoneCallback {
  readonly fn: (future: never) => unknown;
  readonly #context: AsyncResource | undefined;

  constructor(fn: (future: never) => unknown) {
    this.fn = fn;
    this.#context = captureContext();
  }

  run(future: Named): void {
    if (this.#context === undefined) callNow(this.fn, future);
    else this.#context.runInAsyncScope(callNow, undefined, this.fn, future);
  }
}

/** Calls `fn` with `future`; what it throws, or rejects with, becomes a warning. */
export function callNow(fn: (future: never) => unknown, future: Named): void {
  try {
    const returned = fn(future as never);
    if (returned instanceof Promise) returned.catch((error: unknown) => report(future, error));
  } catch (error) {
    report(future, error);
  }
}

function report(future: Named, error: unknown): void {
  warn(
    "ERR_FUTURES_CALLBACK",
    `exception calling callback for ${future.toString()}: ${brief(error)}`,
    error,
  );
}

/** The context of the caller; undefined outside Node, where there is none to keep. */
function captureContext(): AsyncResource | undefined {
  // Not imported: this package runs where there is no `node:async_hooks`.
  asyncHooks ??= globalThis.process?.getBuiltinModule?.("node:async_hooks") ?? "absent";
  return asyncHooks === "absent" ? undefined : new asyncHooks.AsyncResource("FutureCallback");
}

/** Looked up with the first callback. */
let asyncHooks: { readonly AsyncResource: typeof AsyncResource } | "absent" | undefined;
