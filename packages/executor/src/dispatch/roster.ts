import type { Seat } from "./seat.ts";

/** Which workers there are and what they are doing: the one place that counts them. */
export class Roster {
  // In the order in which they were started. Work goes to the first that can take it, so that in a
  // quiet pool the later ones fall idle and may leave.
  readonly #seats = new Set<Seat>();
  readonly #spares = new Set<Seat>();
  // Workers that are starting and are no spares.
  #starting = 0;

  /** Workers, without the spare ones. */
  get size(): number {
    return this.#seats.size - this.#spares.size;
  }

  get isEmpty(): boolean {
    return this.#seats.size === 0;
  }

  get starting(): number {
    return this.#starting;
  }

  get spares(): number {
    return this.#spares.size;
  }

  add(seat: Seat): void {
    this.#seats.add(seat);
    if (seat.isSpare) this.#spares.add(seat);
    else this.#starting++;
  }

  /** The worker takes tasks from now on, or could if it were needed. */
  ready(seat: Seat): void {
    this.#started(seat);
    seat.state = seat.isSpare ? "spare" : "ready";
  }

  /** A spare worker becomes one of the others: one that is ready, else one that is starting. */
  promote(): Seat | undefined {
    const spares = [...this.#spares];
    const seat =
      spares.find(({ state }) => state === "spare") ??
      spares.find(({ state }) => state === "starting");
    if (seat === undefined) return undefined;
    this.#spares.delete(seat);
    seat.isSpare = false;
    if (seat.state === "spare") seat.state = "ready";
    else this.#starting++;
    return seat;
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
    this.#spares.delete(seat);
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
    if (seat.state === "starting" && !seat.isSpare) this.#starting--;
  }
}
