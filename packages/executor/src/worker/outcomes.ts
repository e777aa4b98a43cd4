import { SerializationError } from "@concurrent/futures/errors";
import { findUncloneable, pickleError, type PickleValueOptions } from "@concurrent/pickle/worker";
import type { WorkerJournal } from "../wire/journal.ts";
import { ERROR, ROW_OUTCOMES, SKIPPED } from "../wire/messages.ts";
import type { OutcomesMessage } from "../wire/messages.ts";
import { isPrimitive, pack, PACKED } from "../wire/packed.ts";
import { pushError, pushValue } from "../wire/outcome.ts";
import type { WorkerChannel } from "./channel.ts";

/**
 * Milliseconds after which outcomes are sent although the batch goes on. Longer saves messages;
 * shorter loses fewer outcomes when the worker dies and settles the first Futures sooner.
 */
const FLUSH_INTERVAL = 1;

/** Entries per outcome in a message. */
const STRIDE = 3;

/**
 * The outcomes that this worker has not sent yet. It sends them when a millisecond has passed since
 * the last time, and when the run loop says so. Until then the journal keeps them.
 */
export class Outcomes {
  readonly #channel: WorkerChannel;
  readonly #options: PickleValueOptions;
  readonly #journal: WorkerJournal;
  #outcomes: unknown[] = [];
  // Whether the newest outcome can be kept in the journal.
  #canKeep = false;
  // Milliseconds and number of calls per function since the last flush. Mostly one function.
  readonly #times = new Map<number, { calls: number; duration: number }>();
  #lastFlush = 0;
  #next = 0;
  #toldNext = 0;

  constructor(channel: WorkerChannel, journal: WorkerJournal) {
    this.#channel = channel;
    this.#journal = journal;
    this.#options = { target: channel.target };
  }

  get isEmpty(): boolean {
    return this.#outcomes.length === 0;
  }

  /** There is something that the pool does not know: an outcome, or how far this worker has come. */
  get hasNews(): boolean {
    return !this.isEmpty || this.#next !== this.#toldNext;
  }

  value(sequence: number, value: unknown): void {
    // The sequence last: accessors of the value run now, and may end this worker.
    this.#canKeep = pushValue(this.#outcomes, value, this.#options);
    this.#outcomes.push(sequence);
  }

  error(sequence: number, error: unknown): void {
    this.#canKeep = pushError(this.#outcomes, error);
    this.#outcomes.push(sequence);
  }

  /** The outcomes of a chunk, as `runRows` gives them. */
  rows(sequence: number, outcomes: unknown[]): void {
    this.#outcomes.push(ROW_OUTCOMES, outcomes, sequence);
    this.#canKeep = false;
  }

  skipped(sequence: number): void {
    this.#outcomes.push(SKIPPED, undefined, sequence);
  }

  /**
   * Puts the newest outcome in the journal, as it will not be sent at once. False: it cannot be kept
   * there.
   */
  keep(): boolean {
    if (!this.#canKeep) return false;
    const outcomes = this.#outcomes;
    const newest = outcomes.length - STRIDE;
    if (!isPrimitive(outcomes[newest + 1]) || typeof outcomes[newest + 1] === "bigint") {
      // Later calls may change it.
      const bytes = pack(outcomes[newest + 1]);
      if (bytes === undefined) return false;
      outcomes[newest] = (outcomes[newest] as number) | PACKED;
      outcomes[newest + 1] = bytes;
    }
    const sequence = outcomes[newest + 2] as number;
    return this.#journal.add(sequence, outcomes[newest] as number, outcomes[newest + 1]);
  }

  /** Notes how long a call ran, in milliseconds. */
  ran(functionIndex: number, duration: number): void {
    const time = this.#times.get(functionIndex);
    if (time === undefined) this.#times.set(functionIndex, { calls: 1, duration });
    else {
      time.calls++;
      time.duration += duration;
    }
  }

  /** Every call before `next` has been dealt with. */
  passed(next: number): void {
    this.#next = next;
  }

  /** Sends what there is when that is due at time `now`. */
  flushIfDue(now: number): void {
    if (now - this.#lastFlush >= FLUSH_INTERVAL) this.flush(now);
  }

  /** Sends what there is, even if that is only how far this worker has come. */
  flush(now: number): void {
    const outcomes = this.#outcomes;
    const times: number[] = [];
    for (const [index, { calls, duration }] of this.#times) times.push(index, calls, duration);
    this.#outcomes = [];
    this.#times.clear();
    this.#lastFlush = now;
    this.#toldNext = this.#next;

    const message: OutcomesMessage = { type: "outcomes", outcomes, times, next: this.#next };
    try {
      this.#channel.send(message);
    } catch (error) {
      replaceUncloneable(outcomes, error);
      this.#channel.send(message);
    }
    this.#journal.clear();
  }
}

/**
 * Puts an error in the place of each result that cannot be cloned, although pickle let it pass: a
 * detached buffer, say. The other outcomes of the message are as good as before.
 */
function replaceUncloneable(outcomes: unknown[], cause: unknown): void {
  let found = false;
  for (let i = 0; i < outcomes.length; i += STRIDE) {
    const problem = uncloneable(outcomes[i + 1]);
    if (problem === undefined) continue;
    found = true;
    outcomes[i] = ERROR;
    outcomes[i + 1] = pickleError(problem);
  }
  // Each value can be cloned alone: then the fault is ours, and hiding it would lose outcomes.
  if (!found) throw cause;
}

function uncloneable(value: unknown): SerializationError | undefined {
  try {
    structuredClone(value);
    return undefined;
  } catch (cause) {
    const place = findUncloneable(value, "result") ?? `result cannot be sent: ${String(cause)}`;
    return new SerializationError(place, { cause });
  }
}
