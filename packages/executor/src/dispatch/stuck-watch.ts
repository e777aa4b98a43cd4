import type { Roster } from "./roster.ts";
import type { Seat } from "./seat.ts";

/** Milliseconds without a sign of progress after which a worker counts as stuck. */
const PERIOD = 10;

/**
 * Looks for workers whose current task takes far longer than expected while others wait behind it.
 * Runs only while a worker has more than one task.
 */
export class StuckWatch {
  readonly #roster: Roster;
  readonly #onStuck: (seat: Seat, milliseconds: number) => void;
  // Invariant: set while a look is scheduled.
  #timer: NodeJS.Timeout | undefined;
  #seen = new Map<Seat, number>();

  constructor(roster: Roster, onStuck: (seat: Seat, milliseconds: number) => void) {
    this.#roster = roster;
    this.#onStuck = onStuck;
  }

  /** A worker has been sent tasks. */
  start(): void {
    this.#timer ??= setTimeout(() => {
      // Messages that have arrived while this thread was busy come before timers are trusted.
      setImmediate(() => this.#look());
    }, PERIOD).unref();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    if (this.#timer === undefined) return;
    this.#timer = undefined;
    const before = this.#seen;
    this.#seen = new Map();
    for (const seat of this.#roster) {
      if (seat.flight.size < 2) continue;
      if (before.get(seat) === seat.progress) this.#onStuck(seat, PERIOD);
      if (seat.flight.size > 1) this.#seen.set(seat, seat.progress);
    }
    if (this.#seen.size > 0) this.start();
  }
}
