/** Longest delay that Node's timers take; a longer one would fire at once. */
const MAX_DELAY = 2 ** 31 - 1;

/**
 * A timer for any number of milliseconds, `Infinity` included: that one never fires. It does not keep
 * the process alive. What has arrived before its time comes first, although Node looks at timers
 * before it looks at messages: it may make the timer unnecessary.
 */
export class LongTimer {
  // Invariant: set while there is something to wait for.
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;

  constructor(milliseconds: number, onTime: () => void) {
    this.#wait(milliseconds, onTime);
  }

  clear(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
  }

  #wait(milliseconds: number, onTime: () => void): void {
    if (milliseconds === Infinity) return;
    this.#timer =
      milliseconds <= MAX_DELAY
        ? setTimeout(() => this.#afterMessages(onTime), milliseconds)
        : setTimeout(() => this.#wait(milliseconds - MAX_DELAY, onTime), MAX_DELAY);
    this.#timer.unref();
  }

  #afterMessages(onTime: () => void): void {
    // Not unreferenced: the event loop would sleep before it.
    this.#immediate = setImmediate(onTime);
  }
}
