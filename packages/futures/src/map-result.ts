import { Deadline } from "./deadline.ts";
import { CancelledError } from "./errors.ts";
import { MapFeed } from "./map-feed.ts";
import type { ItemOutcome, MapCalls } from "./map-feed.ts";
import { quietly } from "./quietly.ts";
import { RowSource } from "./row-source.ts";
import type { AnyIterable } from "./row-source.ts";
import { abortedError, checkWaitOptions, timedOutError } from "./wait-options.ts";
import type { WaitOptions } from "./wait-options.ts";
import { addWaiter, removeWaiter } from "./waiter.ts";
import type { Waiter } from "./waiter.ts";

/**
 * The results of `map`, in the order of the items.
 *
 * A call that failed throws its error at its place. That ends the iteration and cancels the calls that
 * have not started; so does leaving the loop early, or `return()`, which closes the iterables too. An
 * error of an iterable comes after the results of the items before it. Results are not kept once yielded.
 *
 * @example
 * ```ts
 * import { InlineExecutor } from "@concurrent/futures";
 *
 * await using executor = new InlineExecutor();
 * const powers = executor.map((x: number, y: number) => x ** y, [1, 2, 3], [2, 2, 2]);
 * for await (const power of powers) console.log(power); // 1, 4, 9
 * ```
 */
export class MapResult<R> implements AsyncIterableIterator<R>, AsyncDisposable {
  readonly #feed: MapFeed;
  /** The outcomes of the chunk that is being yielded, from `#next` on. Undefined between chunks. */
  #chunk: (ItemOutcome | undefined)[] | undefined;
  #next = 0;
  /** The iteration has ended: by itself, by an error, or because it was left. */
  #over = false;
  /** It was left: there were, or may have been, results that nobody will see. */
  #left = false;
  /** How many calls of `next` and `toArray` have not come back. They take turns, so that order is kept. */
  #queued = 0;
  /** Resolved when the last of these has had its turn. */
  #lastTurn: Promise<void> = Promise.resolve();
  /** Goes on with the one whose turn it is, if it waits: for its call to be done, or to be submitted. */
  #wake: (() => void) | undefined;
  /** Waits for the first call. Invariant: only while `#wake` is set. */
  readonly #waiter: Waiter<unknown> = { futureDone: () => this.#wakeUp() };

  /** @internal */
  constructor(iterables: readonly AnyIterable<unknown>[], calls: MapCalls) {
    this.#feed = new MapFeed(new RowSource(iterables), calls, () => this.#wakeUp());
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** The next result. Several calls may wait at a time; they are served in order. */
  next(): Promise<IteratorResult<R, undefined>> {
    if (this.#queued > 0) return this.#inTurn(() => this.#advance());
    try {
      const ready = this.#take();
      return ready === undefined ? this.#inTurn(() => this.#advance()) : Promise.resolve(ready);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Ends the iteration: cancels the calls that have not started and closes the iterables. */
  async return(): Promise<IteratorResult<R, undefined>> {
    await this.#leave();
    return { done: true, value: undefined };
  }

  /**
   * All results that were not yielded yet, as an array.
   *
   * @throws {@link TimeoutError} when they are not all there after `timeout` milliseconds; the rest is cancelled
   * @throws {@link CancelledError} when `signal` aborts; the rest is cancelled. Also when `return` is called meanwhile
   */
  async toArray(options?: WaitOptions): Promise<R[]> {
    const { timeout, signal } = checkWaitOptions(options);
    const wasOver = this.#over;
    let ended: Error | undefined;
    const stop = (error: Error): void => {
      ended = error;
      quietly(this.#leave());
    };
    const timedOut = (): Error => timedOutError(timeout, "the results were not all there");
    if (signal?.aborted) stop(abortedError(signal));
    const deadline =
      ended === undefined && timeout > 0
        ? new Deadline(timeout, signal, (ending) =>
            stop(ending === "abort" ? abortedError(signal!) : timedOut()),
          )
        : undefined;
    try {
      return await this.#inTurn(async () => {
        const results: R[] = [];
        for (;;) {
          if (ended !== undefined) throw ended;
          const ready = this.#take();
          if (ready === undefined && timeout === 0) stop(timedOut());
          else if (ready === undefined) await this.#change();
          else if (!ready.done) results.push(ready.value);
          else if (this.#left && !wasOver) throw new CancelledError("the results were given up");
          else return results;
        }
      });
    } finally {
      deadline?.clear();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#leave();
  }

  async #advance(): Promise<IteratorResult<R, undefined>> {
    for (;;) {
      const ready = this.#take();
      if (ready !== undefined) return ready;
      await this.#change();
    }
  }

  /** The next result if it is there, undefined if not yet. Throws, and ends the iteration, if it is an error. */
  #take(): IteratorResult<R, undefined> | undefined {
    if (this.#over) return { done: true, value: undefined };
    if (this.#chunk !== undefined) return this.#takeOfChunk(this.#chunk);
    const call = this.#feed.peek();
    if (call === undefined) return this.#feed.ended ? this.#end() : undefined;
    if (!call.done()) return undefined;
    this.#feed.take();
    try {
      const value = call.resultNow();
      this.#feed.refill();
      if (!this.#feed.chunked) return { done: false, value: value as R };
      this.#chunk = value as ItemOutcome[];
      this.#next = 0;
    } catch (error) {
      quietly(this.#leave());
      throw error;
    }
    return this.#takeOfChunk(this.#chunk);
  }

  #takeOfChunk(chunk: (ItemOutcome | undefined)[]): IteratorResult<R, undefined> {
    const outcome = chunk[this.#next]!;
    chunk[this.#next++] = undefined;
    if (this.#next === chunk.length) this.#chunk = undefined;
    if (outcome.ok) return { done: false, value: outcome.value as R };
    quietly(this.#leave());
    throw outcome.error;
  }

  #end(): IteratorResult<R, undefined> {
    this.#over = true;
    const { failure } = this.#feed;
    if (failure !== undefined) throw failure.error;
    return { done: true, value: undefined };
  }

  async #leave(): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    this.#left = true;
    this.#chunk = undefined;
    const first = this.#feed.peek();
    if (first !== undefined) removeWaiter(first, this.#waiter);
    this.#wakeUp();
    await this.#feed.stop();
  }

  /** Resolves when the first call is done, a call comes to be the first, or nothing more comes. */
  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      const first = this.#feed.peek();
      if (first !== undefined) addWaiter(first, this.#waiter);
    });
  }

  #wakeUp(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  async #inTurn<X>(turn: () => Promise<X>): Promise<X> {
    const before = this.#queued++ > 0 ? this.#lastTurn : undefined;
    let finish: (() => void) | undefined;
    this.#lastTurn = new Promise((resolve) => {
      finish = resolve;
    });
    try {
      if (before !== undefined) await before;
      return await turn();
    } finally {
      this.#queued--;
      finish!();
    }
  }
}
