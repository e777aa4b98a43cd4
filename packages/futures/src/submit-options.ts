import { got } from "./describe.ts";

/**
 * What `withOptions` can say about the calls that are submitted through it.
 *
 * Which of these an executor knows is its own matter; an option that it does not know is a `TypeError`.
 * Later views win, and an option given as undefined is back at its default.
 */
export interface SubmitOptions {
  /** Milliseconds a call may run, from its start. Then it is stopped with a `TimeoutError`. @defaultValue no limit */
  readonly timeout?: number | undefined;
  /** Milliseconds a call may wait for its start, from `submit`. Then it ends in a `TimeoutError`. @defaultValue no limit */
  readonly queueTimeout?: number | undefined;
  /** Aborts the call when it aborts, as `future.abort(signal.reason)` does. */
  readonly signal?: AbortSignal | undefined;
  /** Higher starts first; calls of one priority start in order. An integer. @defaultValue 0 */
  readonly priority?: number | undefined;
  /** How often a call may be tried again: a number of times after crashes, or exactly when. @defaultValue 0 */
  readonly retries?: number | RetryOptions | undefined;
  /** What is moved to the worker instead of copied, such as ArrayBuffers. They are detached by `submit`. */
  readonly transfer?: readonly object[] | undefined;
  /** Copies the arguments in `submit` instead of at some time before the call starts. @defaultValue false */
  readonly snapshot?: boolean | undefined;
  /** Refuses arguments that would arrive as something else, such as instances of unregistered classes. @defaultValue true */
  readonly strict?: boolean | undefined;
  /** Calls of one key go to one worker, as long as it lives. */
  readonly key?: string | undefined;
  /** How many items `map` makes one call of. Each keeps its own outcome. At least 1. @defaultValue the executor decides */
  readonly chunksize?: number | undefined;
  /** How many items (chunks, with `chunksize`) `map` may have submitted that were not yielded yet. At least 1. @defaultValue no limit; for asynchronous iterables 4 for each worker */
  readonly buffersize?: number | undefined;
  /** Called with each value that the call reports as its progress, in order and before the result. */
  readonly onProgress?: ((value: unknown) => void) | undefined;
  /** What errors, statistics and warnings call the task. @defaultValue the name of the function */
  readonly name?: string | undefined;
}

/** When a call is tried again. */
export interface RetryOptions {
  /** How many times after the first. At least 0. */
  readonly count: number;
  /** Milliseconds before each new try. @defaultValue 0 */
  readonly delay?: number | undefined;
  /** After what: a worker's crash, any error, or those errors for which it answers true. @defaultValue "crash" */
  readonly on?: "crash" | "error" | ((error: unknown) => boolean) | undefined;
}

/** How an executor shuts down. */
export interface ShutdownOptions {
  /** Whether the promise waits until everything that was submitted is done and the workers are gone. @defaultValue true */
  readonly wait?: boolean | undefined;
  /** Cancels the calls that have not started. @defaultValue false */
  readonly cancelFutures?: boolean | undefined;
  /** Milliseconds until what still runs is stopped. @defaultValue no limit */
  readonly timeout?: number | undefined;
}

/**
 * Checks the options that concern `map`.
 *
 * @throws TypeError when one is not an integer
 * @throws RangeError when one is less than 1
 */
export function checkMapOptions({ chunksize, buffersize }: SubmitOptions): void {
  checkPositiveInteger("chunksize", chunksize);
  checkPositiveInteger("buffersize", buffersize);
}

function checkPositiveInteger(name: string, value: number | undefined): void {
  if (value === undefined || (Number.isInteger(value) && value > 0)) return;
  const message = `\`${name}\` must be a positive integer, ${got(value)}`;
  throw Number.isInteger(value) ? new RangeError(message) : new TypeError(message);
}

/**
 * Checks an option that is a time in milliseconds for which something may take.
 *
 * @throws TypeError when it is not a number
 * @throws RangeError when it is not positive
 */
export function checkDuration(name: string, value: number | undefined): void {
  if (value === undefined || (typeof value === "number" && value > 0)) return;
  const message = `\`${name}\` must be a positive number of milliseconds, ${got(value)}`;
  throw typeof value === "number" ? new RangeError(message) : new TypeError(message);
}
