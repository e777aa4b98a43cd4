import { onAbort } from "./abort-hub.ts";

/** The longest delay that timers know; a longer one would fire at once. */
const MAX_DELAY = 2 ** 31 - 1;

/** Why a wait ended before what it waited for happened. */
export type Ending = "timeout" | "abort";

/**
 * Ends a wait when its time is up or its signal aborts, whichever is first.
 *
 * Invariant: until `end` is called or `clear()` is, a timer runs if the time is limited and the signal,
 * if any, is listened to; afterwards neither.
 */
export class Deadline {
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #ignoreSignal: (() => void) | undefined;
  readonly #end: (ending: Ending) => void;

  /** `timeout` in milliseconds, `Infinity` for none; `signal` has not aborted yet. */
  constructor(timeout: number, signal: AbortSignal | undefined, end: (ending: Ending) => void) {
    this.#end = end;
    if (timeout !== Infinity) this.#startTimer(timeout);
    if (signal !== undefined) {
      this.#ignoreSignal = onAbort(signal, () => {
        this.clear();
        this.#end("abort");
      });
    }
  }

  /** Stops the timer and the listener. Safe to call again. */
  clear(): void {
    clearTimeout(this.#timer);
    this.#ignoreSignal?.();
  }

  #startTimer(remaining: number): void {
    const delay = Math.min(remaining, MAX_DELAY);
    this.#timer = setTimeout(() => {
      if (remaining > delay) {
        this.#startTimer(remaining - delay);
      } else {
        this.clear();
        this.#end("timeout");
      }
    }, delay);
  }
}
