import { LongTimer } from "../long-timer.ts";
import type { Roster } from "./roster.ts";
import type { Seat } from "./seat.ts";

/** Sends workers away that nobody has needed for a while, down to the least number. */
export class IdleWatch {
  readonly #roster: Roster;
  readonly #idleTimeout: number;
  readonly #minWorkers: number;
  readonly #sendAway: (seat: Seat) => void;
  // Invariant: set while an idle worker may have to be sent away.
  #timer: LongTimer | undefined;

  constructor(
    roster: Roster,
    idleTimeout: number,
    minWorkers: number,
    sendAway: (seat: Seat) => void,
  ) {
    this.#roster = roster;
    this.#idleTimeout = idleTimeout;
    this.#minWorkers = minWorkers;
    this.#sendAway = sendAway;
  }

  /** A worker has become idle. */
  start(): void {
    if (this.#timer !== undefined || this.#idleTimeout === Infinity) return;
    if (this.#roster.size > this.#minWorkers) this.#wait(this.#idleTimeout);
  }

  close(): void {
    this.#timer?.clear();
  }

  #wait(milliseconds: number): void {
    this.#timer = new LongTimer(milliseconds, () => {
      this.#timer = undefined;
      this.#look();
    });
  }

  #look(): void {
    const now = performance.now();
    let surplus = this.#roster.count(isStaying) - this.#minWorkers;
    let next = Infinity;
    // The youngest first: work goes to the oldest.
    for (const seat of [...this.#roster].toReversed()) {
      if (surplus <= 0 || !seat.isIdle) continue;
      const left = seat.idleSince + this.#idleTimeout - now;
      if (left > 0) {
        next = Math.min(next, left);
        continue;
      }
      this.#sendAway(seat);
      surplus--;
    }
    if (next < Infinity) this.#wait(next);
  }
}

function isStaying({ state, isSpare }: Seat): boolean {
  return state !== "leaving" && !isSpare;
}
