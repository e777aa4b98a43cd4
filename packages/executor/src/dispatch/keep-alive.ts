/** Longest delay that a timer takes. */
const FOR_EVER = 2 ** 31 - 1;

/**
 * Keeps this process alive while a pool has work. Everything else of a pool (threads, children,
 * pipes, timers) is unreferenced, so that this is the one place that decides.
 */
export class KeepAlive {
  // Invariant: set while the pool has work.
  #timer: NodeJS.Timeout | undefined;

  hold(): void {
    this.#timer ??= setInterval(() => undefined, FOR_EVER);
  }

  release(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
