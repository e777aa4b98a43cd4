import { got } from "./describe.ts";
import { CancelledError, TimeoutError } from "./errors.ts";

/** How long to wait. */
export interface WaitOptions {
  /** Milliseconds to wait; 0 asks without waiting. @defaultValue no limit */
  readonly timeout?: number | undefined;
  /** Ends the wait when it aborts: with a `CancelledError` whose `cause` is the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Checked options of a wait: `timeout` is a number, `Infinity` when there is no limit. */
export interface WaitLimits {
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
}

const unlimited: WaitLimits = { timeout: Infinity, signal: undefined };

/**
 * Checks the options of a wait.
 *
 * @throws TypeError when one is of the wrong type
 * @throws RangeError when `timeout` is negative or NaN
 */
export function checkWaitOptions(options: WaitOptions | undefined): WaitLimits {
  if (options === undefined) return unlimited;
  if (typeof options !== "object" || options === null) {
    throw new TypeError(
      `wait options must be an object such as { timeout: 1000 }, ${got(options)}`,
    );
  }
  return { timeout: checkTimeout(options.timeout), signal: checkSignal(options.signal) };
}

/** Milliseconds of a `timeout` option, `Infinity` when there is none. */
function checkTimeout(timeout: unknown): number {
  if (timeout === undefined) return Infinity;
  if (typeof timeout !== "number") {
    throw new TypeError(`\`timeout\` must be a number of milliseconds, ${got(timeout)}`);
  }
  if (!(timeout >= 0)) {
    throw new RangeError(`\`timeout\` must be 0 or more milliseconds, ${got(timeout)}`);
  }
  return timeout;
}

function checkSignal(signal: AbortSignal | undefined): AbortSignal | undefined {
  if (signal === undefined) return undefined;
  if (typeof signal?.addEventListener !== "function" || typeof signal.aborted !== "boolean") {
    throw new TypeError(`\`signal\` must be an AbortSignal, ${got(signal)}`);
  }
  return signal;
}

/** What a wait ended by its signal rejects with. */
export function abortedError(signal: AbortSignal): CancelledError {
  return new CancelledError("the wait was aborted by its signal", { cause: signal.reason });
}

/** What a wait rejects with when its time is up. */
export function timedOutError(timeout: number, what: string): TimeoutError {
  return new TimeoutError(`${what} within ${timeout} ms`);
}
