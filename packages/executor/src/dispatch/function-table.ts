import type { FunctionRecord, PickledFunction } from "@concurrent/pickle";

/** Weight of the newest measurement, when the function has become slower, and when faster. */
const SLOWER = 0.5;
const FASTER = 0.3;

/** What a pool knows of one function. */
export class FunctionProfile {
  /** Stands for the function in messages. */
  readonly index: number;
  readonly name: string;
  readonly record: FunctionRecord;
  /** Milliseconds that a call takes, a moving average; undefined before the first has ended. */
  duration: number | undefined;

  constructor(index: number, { name, record }: PickledFunction) {
    this.index = index;
    this.name = name || "(anonymous)";
    this.record = record;
  }

  /** `calls` have run for `total` milliseconds. Follows a function that grows slow sooner. */
  measured(calls: number, total: number): void {
    const duration = total / calls;
    const before = this.duration;
    if (before === undefined) this.duration = duration;
    else this.duration = before + (duration - before) * (duration > before ? SLOWER : FASTER);
  }

  /** A call has been running for so many milliseconds and is not done. */
  takesAtLeast(milliseconds: number): void {
    if (this.duration === undefined || this.duration < milliseconds) this.duration = milliseconds;
  }
}

/** Numbers the functions that a pool meets. */
export class FunctionTable {
  readonly #profiles = new WeakMap<PickledFunction, FunctionProfile>();
  #count = 0;

  profileOf(pickled: PickledFunction): FunctionProfile {
    let profile = this.#profiles.get(pickled);
    if (profile === undefined) {
      profile = new FunctionProfile(this.#count++, pickled);
      this.#profiles.set(pickled, profile);
    }
    return profile;
  }
}
