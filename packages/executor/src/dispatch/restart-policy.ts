/** Tries in a row that may fail. */
const TRIES = 3;

/** Milliseconds before the first restart; doubled for each further one. */
const FIRST_DELAY = 100;

/** How long to wait after a worker has died before it was ready, and when to give up. */
export class RestartPolicy {
  // Invariant: tries at which workers died before they were ready, since one was.
  #failures = 0;

  /** The last worker to be started died before it was ready. */
  get isTroubled(): boolean {
    return this.#failures > 0;
  }

  /** A worker has become ready. */
  succeeded(): void {
    this.#failures = 0;
  }

  /** A worker has died before it was ready. Milliseconds until the next; undefined: give up. */
  failed(): number | undefined {
    this.#failures++;
    return this.#failures < TRIES ? FIRST_DELAY * 2 ** (this.#failures - 1) : undefined;
  }
}
