/** The item with the smallest key first; push and pop take the logarithm of the number of items. */
export class Heap<T> {
  // Invariant: no item is before the one at half its index, counted from 1.
  readonly #items: T[] = [];
  readonly #keyOf: (item: T) => number;

  constructor(keyOf: (item: T) => number) {
    this.#keyOf = keyOf;
  }

  get size(): number {
    return this.#items.length;
  }

  peek(): T | undefined {
    return this.#items[0];
  }

  push(item: T): void {
    const items = this.#items;
    let index = items.push(item) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#isBefore(index, parent)) return;
      this.#swap(index, parent);
      index = parent;
    }
  }

  pop(): T | undefined {
    const items = this.#items;
    const first = items[0];
    const last = items.pop() as T;
    if (items.length === 0) return first;
    items[0] = last;
    for (let index = 0; ;) {
      const left = 2 * index + 1;
      if (left >= items.length) return first;
      const right = left + 1;
      const child = right < items.length && this.#isBefore(right, left) ? right : left;
      if (!this.#isBefore(child, index)) return first;
      this.#swap(child, index);
      index = child;
    }
  }

  #isBefore(a: number, b: number): boolean {
    return this.#keyOf(this.#items[a] as T) < this.#keyOf(this.#items[b] as T);
  }

  #swap(a: number, b: number): void {
    const items = this.#items;
    [items[a], items[b]] = [items[b] as T, items[a] as T];
  }
}
