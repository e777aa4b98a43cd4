import { got } from "./describe.ts";
import { quietly } from "./quietly.ts";

/** A synchronous or asynchronous iterable. */
export type AnyIterable<T> = Iterable<T> | AsyncIterable<T>;

type AnyIterator = Iterator<unknown> | AsyncIterator<unknown>;

/**
 * Reads several iterables side by side, one row at a time: Python's `zip`.
 *
 * Ends with the shortest, or with an error that one of them throws; the others are closed then.
 */
export class RowSource {
  /** Whether one of the iterables is asynchronous, so that only `readAsync` can read them. */
  readonly isAsync: boolean;
  /** Invariant: those that have neither ended nor been closed; all of the source's, or none. */
  #iterators: AnyIterator[] = [];
  /** Whether `readAsync` waits for an iterator. */
  #reading = false;

  /** @throws TypeError when one of the iterables is none */
  constructor(iterables: readonly AnyIterable<unknown>[]) {
    let isAsync = false;
    for (const [index, iterable] of iterables.entries()) {
      if (isAsyncIterable(iterable)) isAsync = true;
      else if (!isIterable(iterable)) {
        throw new TypeError(`\`iterables[${index}]\` must be iterable, ${got(iterable)}`);
      }
    }
    this.isAsync = isAsync;
    try {
      for (const iterable of iterables) this.#iterators.push(open(iterable));
    } catch (error) {
      this.#abandon();
      throw error;
    }
  }

  /** The next row of synchronous iterables; undefined at the end. */
  read(): unknown[] | undefined {
    const iterators = this.#iterators;
    if (iterators.length === 0) return undefined;
    const row: unknown[] = [];
    for (const iterator of iterators) {
      const step = this.#step(iterator) as IteratorResult<unknown>;
      if (step.done) {
        for (const other of this.#rest(iterator)) void other.return?.();
        return undefined;
      }
      row.push(step.value);
    }
    return row;
  }

  /** The next row; undefined at the end, or when the source was closed. */
  async readAsync(): Promise<unknown[] | undefined> {
    const iterators = this.#iterators;
    if (iterators.length === 0) return undefined;
    const row: unknown[] = [];
    for (const iterator of iterators) {
      const step = await this.#stepAsync(iterator);
      if (this.#iterators !== iterators) return undefined;
      if (step.done) {
        await closeAll(this.#rest(iterator));
        return undefined;
      }
      row.push(step.value);
    }
    return row;
  }

  /**
   * Stops reading and closes what is open.
   *
   * Does not wait for an iterator that is in the middle of a read: that might never come back.
   */
  async close(): Promise<void> {
    const wait = !this.#reading;
    const closed = closeAll(this.#rest());
    if (wait) await closed;
    else quietly(closed);
  }

  #step(iterator: AnyIterator): ReturnType<AnyIterator["next"]> {
    try {
      return iterator.next();
    } catch (error) {
      this.#abandon(iterator);
      throw error;
    }
  }

  async #stepAsync(iterator: AnyIterator): Promise<IteratorResult<unknown>> {
    this.#reading = true;
    try {
      return await iterator.next();
    } catch (error) {
      this.#abandon(iterator);
      throw error;
    } finally {
      this.#reading = false;
    }
  }

  /** Closes all but the iterator that has just failed: its error is the one to tell, not theirs. */
  #abandon(failed?: AnyIterator): void {
    quietly(closeAll(this.#rest(failed)));
  }

  /** Takes all iterators but `ended`. */
  #rest(ended?: AnyIterator): AnyIterator[] {
    const rest = this.#iterators.filter((iterator) => iterator !== ended);
    this.#iterators = [];
    return rest;
  }
}

function open(iterable: AnyIterable<unknown>): AnyIterator {
  return isAsyncIterable(iterable) ? iterable[Symbol.asyncIterator]() : iterable[Symbol.iterator]();
}

function isAsyncIterable(value: AnyIterable<unknown> | undefined): value is AsyncIterable<unknown> {
  return (
    typeof (value as AsyncIterable<unknown> | undefined)?.[Symbol.asyncIterator] === "function"
  );
}

function isIterable(value: AnyIterable<unknown> | undefined): value is Iterable<unknown> {
  return typeof (value as Iterable<unknown> | undefined)?.[Symbol.iterator] === "function";
}

/** Closes all, whether or not one fails to; rejects if one does. */
async function closeAll(iterators: readonly AnyIterator[]): Promise<void> {
  await Promise.all(
    iterators.map(async (iterator) => {
      await iterator.return?.();
    }),
  );
}
