import type { Seat } from "./seat.ts";

/** Which workers there are and what they are doing: the one place that counts them. */
export class Roster {
  // In the order in which they were started. Work goes to the first that can take it, so that in a
  // quiet pool the later ones fall idle and may leave.
  readonly #seats = new Set<Seat>();
  #starting = 0;

  get size(): number {
    return this.#seats.size;
  }

  get starting(): number {
    return this.#starting;
  }

  add(seat: Seat): void {
    this.#seats.add(seat);
    this.#starting++;
  }

  /** The worker takes tasks from now on. */
  ready(seat: Seat): void {
    this.#started(seat);
    seat.state = "ready";
  }

  /** The worker takes no more tasks. */
  leaving(seat: Seat): void {
    this.#started(seat);
    seat.state = "leaving";
  }

  remove(seat: Seat): void {
    this.#started(seat);
    seat.state = "leaving";
    this.#seats.delete(seat);
  }

  /** The worker to send the next batch to: an idle one, else the least loaded that has room. */
  next(mayPrefetch: boolean): Seat | undefined {
    let best: Seat | undefined;
    for (const seat of this.#seats) {
      if (seat.isIdle) return seat;
      if (!mayPrefetch || !seat.hasRoom) continue;
      if (best === undefined || seat.flight.size < best.flight.size) best = seat;
    }
    return best;
  }

  count(predicate: (seat: Seat) => boolean): number {
    let count = 0;
    for (const seat of this.#seats) if (predicate(seat)) count++;
    return count;
  }

  [Symbol.iterator](): IterableIterator<Seat> {
    return this.#seats.values();
  }

  #started(seat: Seat): void {
    if (seat.state === "starting") this.#starting--;
  }
}
