/** Tries in a row that may fail, before it is plain that no worker can be started. */
const TRIES = 3;

/** The same for workers that somebody has killed, which says little about the next one. */
const KILLED_TRIES = 60;

/** Milliseconds before a restart; doubled for each further failure, up to the longest. */
const FIRST_DELAY = 100;
const LONGEST_DELAY = 1_000;

/** What somebody sends who wants a process to end. Others come from faults of its own. */
const FROM_OUTSIDE = new Set<NodeJS.Signals | null>(["SIGKILL", "SIGTERM", "SIGINT", "SIGHUP"]);

/** How long to wait after a worker has died before it was ready, and when to give up. */
export class RestartPolicy {
  // Invariant: tries at which workers died before they had done anything, since one did; those at which
  // they were killed, and the others.
  #killed = 0;
  #failed = 0;

  /** Workers seem to be unable to start: it is enough to try with one at a time. */
  get isTroubled(): boolean {
    return this.#failed > 0;
  }

  /** There is no point in trying again. */
  get isExhausted(): boolean {
    return this.#failed >= TRIES || this.#killed >= KILLED_TRIES;
  }

  /** A worker has done something. */
  succeeded(): void {
    this.#killed = 0;
    this.#failed = 0;
  }

  /** A worker has died before it had done anything, of this signal or otherwise. Gives the milliseconds until the next try. */
  failed(signal: NodeJS.Signals | null): number {
    if (FROM_OUTSIDE.has(signal)) {
      this.#killed++;
      return FIRST_DELAY;
    }
    this.#failed++;
    return Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** (this.#failed - 1));
  }
}
