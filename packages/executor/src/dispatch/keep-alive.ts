/** Longest delay that a timer takes. */
const FOR_EVER = 2 ** 31 - 1;

/**
 * Keeps this process alive while a pool has work. Everything else of a pool (threads, children,
 * pipes, timers) is unreferenced, so that this is the one place that decides.
 */
export class KeepAlive {
  readonly #timer: NodeJS.Timeout = setInterval(() => undefined, FOR_EVER).unref();

  hold(): void {
    this.#timer.ref();
  }

  release(): void {
    this.#timer.unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
