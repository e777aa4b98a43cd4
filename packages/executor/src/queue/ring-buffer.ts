/** A first-in, first-out queue that grows: push and shift take the same time however long it is. */
export class RingBuffer<T> {
  // Invariant: the items are at head … tail − 1, taken modulo the length, which is a power of two;
  // every other place is undefined, so that nothing is kept alive that has left.
  #items: (T | undefined)[] = Array.from({ length: 64 });
  #head = 0;
  #tail = 0;

  get size(): number {
    return this.#tail - this.#head;
  }

  push(item: T): void {
    if (this.size === this.#items.length) this.#resize(this.#items.length * 2);
    this.#items[this.#tail++ & (this.#items.length - 1)] = item;
  }

  peek(): T | undefined {
    return this.#items[this.#head & (this.#items.length - 1)];
  }

  shift(): T | undefined {
    if (this.size === 0) return undefined;
    const index = this.#head++ & (this.#items.length - 1);
    const item = this.#items[index];
    this.#items[index] = undefined;
    // A burst of a million leaves no array of a million behind.
    if (this.size === 0 && this.#items.length > 4096) this.#resize(64);
    return item;
  }

  /** Keeps the items that pass, in order. Gives how many did not. */
  retain(passes: (item: T) => boolean): number {
    const { size } = this;
    for (let i = 0; i < size; i++) {
      const item = this.shift() as T;
      if (passes(item)) this.push(item);
    }
    return size - this.size;
  }

  #resize(length: number): void {
    const items: (T | undefined)[] = Array.from({ length });
    const size = this.size;
    for (let i = 0; i < size; i++) {
      items[i] = this.#items[(this.#head + i) & (this.#items.length - 1)];
    }
    this.#items = items;
    this.#head = 0;
    this.#tail = size;
  }
}
