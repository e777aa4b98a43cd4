import { Fifo } from "./fifo.ts";
import type { Future } from "./future.ts";
import { ignore, quietly } from "./quietly.ts";
import type { RowSource } from "./row-source.ts";

/** The outcome of one item of a chunk. */
export type ItemOutcome =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: unknown };

/** How `map` makes its calls. */
export interface MapCalls {
  schedule(args: unknown[]): Future<unknown>;
  scheduleChunk(rows: unknown[][]): Future<ItemOutcome[]> | undefined;
  /** Items in one call; undefined: one, and not as a chunk. */
  readonly chunksize: number | undefined;
  /** Calls that may be submitted and not yielded; undefined: no limit, or `readAhead` for an asynchronous source. */
  readonly buffersize: number | undefined;
  readonly readAhead: number;
}

/**
 * The calls of one `map`, from its source to the hand of the reader.
 *
 * A synchronous source is read in the constructor and in `refill`; an asynchronous one in the background.
 */
export class MapFeed {
  /** The calls that were submitted and not taken, in the order of their items. */
  readonly #calls = new Fifo<Future<unknown>>();
  readonly #source: RowSource;
  readonly #how: MapCalls;
  /** Tells the reader, who may be waiting, of a new call or of the end. */
  readonly #onChange: () => void;
  readonly #chunksize: number;
  /** Invariant: at most so many `#calls`. Counted in calls, so it grows if chunks turn out to be unknown. */
  #limit: number;
  /** Whether a call is a chunk, and its value an array of outcomes. */
  #chunked: boolean;
  /** Nothing more will be submitted. */
  #ended = false;
  /** Why it ended, if it was an error of the source or of submitting. */
  #failure: { readonly error: unknown } | undefined;
  /** Resolves the background reader's wait for room. */
  #onRoom: (() => void) | undefined;

  constructor(source: RowSource, how: MapCalls, onChange: () => void) {
    this.#source = source;
    this.#how = how;
    this.#onChange = onChange;
    this.#chunksize = how.chunksize ?? 1;
    this.#chunked = this.#chunksize > 1;
    this.#limit = how.buffersize ?? (source.isAsync ? how.readAhead : Infinity);
    if (source.isAsync) void this.#readAhead();
    else this.#start();
  }

  /** Whether each call is a chunk: its value is an array of {@link ItemOutcome}. */
  get chunked(): boolean {
    return this.#chunked;
  }

  /** Whether nothing comes after the calls that are there. */
  get ended(): boolean {
    return this.#ended;
  }

  /** The error that comes after the last call. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  /** The next call in order, if it has been submitted. */
  peek(): Future<unknown> | undefined {
    return this.#calls.peek();
  }

  /** Takes the next call. The room that it leaves is used by `refill`. */
  take(): void {
    this.#calls.shift();
  }

  /** Submits as much as there is room for. */
  refill(): void {
    if (this.#ended) return;
    if (this.#source.isAsync) {
      this.#onRoom?.();
      return;
    }
    try {
      this.#fill();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Cancels all calls that were not taken, and closes the source. */
  stop(): Promise<void> {
    this.#ended = true;
    this.#onRoom?.();
    for (const call of this.#calls.drain()) discard(call);
    return this.#source.close();
  }

  /** The first fill. An error of submitting is thrown by `map` itself, which leaves nothing behind. */
  #start(): void {
    try {
      this.#fill();
    } catch (error) {
      quietly(this.stop());
      throw error;
    }
  }

  #fill(): void {
    while (!this.#ended && this.#calls.size < this.#limit) {
      const rows: unknown[][] = [];
      try {
        this.#readChunk(rows);
      } catch (error) {
        this.#failure = { error };
      }
      this.#submit(rows);
    }
  }

  #readChunk(rows: unknown[][]): void {
    while (rows.length < this.#chunksize) {
      const row = this.#source.read();
      if (row === undefined) return;
      rows.push(row);
    }
  }

  async #readAhead(): Promise<void> {
    try {
      while (!this.#ended) {
        if (this.#calls.size >= this.#limit) {
          await this.#room();
          continue;
        }
        const rows: unknown[][] = [];
        try {
          await this.#readChunkAsync(rows);
        } catch (error) {
          this.#failure = { error };
        }
        if (this.#ended) return;
        this.#submit(rows);
        this.#onChange();
      }
    } catch (error) {
      this.#fail(error);
      this.#onChange();
    }
  }

  async #readChunkAsync(rows: unknown[][]): Promise<void> {
    while (rows.length < this.#chunksize) {
      const row = await this.#source.readAsync();
      if (row === undefined) return;
      rows.push(row);
    }
  }

  /** Submits one chunk; one that is not full is the last. */
  #submit(rows: unknown[][]): void {
    if (rows.length < this.#chunksize) this.#ended = true;
    if (rows.length === 0) return;
    if (this.#chunked) {
      const call = this.#how.scheduleChunk(rows);
      if (call !== undefined) {
        this.#calls.push(call);
        return;
      }
      this.#chunked = false;
      this.#limit *= this.#chunksize;
    }
    for (const row of rows) this.#calls.push(this.#how.schedule(row));
  }

  #fail(error: unknown): void {
    this.#ended = true;
    this.#failure = { error };
    quietly(this.#source.close());
  }

  #room(): Promise<void> {
    return new Promise((resolve) => {
      this.#onRoom = () => {
        this.#onRoom = undefined;
        resolve();
      };
    });
  }
}

/** Cancels a call whose outcome nobody will read. If it cannot be cancelled, its error is nobody's concern. */
function discard(call: Future<unknown>): void {
  if (!call.cancel()) call.addDoneCallback(ignore);
}
