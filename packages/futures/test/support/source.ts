/** Numbers from 0, that tell how far they were read and whether they were closed. */
export class Source implements IterableIterator<number> {
  read = 0;
  closed = 0;
  readonly #length: number;

  constructor(length: number = Infinity) {
    this.#length = length;
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(): IteratorResult<number> {
    return this.read < this.#length
      ? { done: false, value: this.read++ }
      : { done: true, value: undefined };
  }

  return(): IteratorResult<number> {
    this.closed++;
    return { done: true, value: undefined };
  }

  /** The same source, as an asynchronous iterable. */
  get async(): AsyncIterable<number> {
    return {
      [Symbol.asyncIterator]: () => ({
        next: async () => this.next(),
        return: async () => this.return(),
      }),
    };
  }
}
