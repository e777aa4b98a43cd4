import { CAPACITY, nextSequence, SEQUENCE_MASK, slotOf } from "../wire/claims.ts";
import type { Task } from "../task.ts";

/** The tasks that one worker has been sent and that it, or its death, has not answered yet. */
export class Flight {
  // Invariant: a task is in the slot of its sequence; `#first` … `#next` covers every task here.
  readonly #tasks: (Task | undefined)[] = [];
  #first = 0;
  #next = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Sequence of the next task. */
  get next(): number {
    return this.#next;
  }

  /** How many tasks may still be added. */
  get room(): number {
    return CAPACITY - ((this.#next - this.#first) & SEQUENCE_MASK);
  }

  add(task: Task): void {
    task.sequence = this.#next;
    this.#tasks[slotOf(this.#next)] = task;
    this.#next = nextSequence(this.#next);
    this.#size++;
  }

  /** The task with this sequence, if it is still here. */
  get(sequence: number): Task | undefined {
    const task = this.#tasks[slotOf(sequence)];
    return task?.sequence === sequence ? task : undefined;
  }

  remove(task: Task): void {
    this.#tasks[slotOf(task.sequence)] = undefined;
    this.#size--;
  }

  /** The tasks, oldest first. */
  *[Symbol.iterator](): IterableIterator<Task> {
    for (let sequence = this.#first; sequence !== this.#next; sequence = nextSequence(sequence)) {
      const task = this.get(sequence);
      if (task !== undefined) yield task;
    }
  }

  /** Whether the worker can have come as far as this sequence. */
  covers(next: number): boolean {
    const sent = (this.#next - this.#first) & SEQUENCE_MASK;
    return ((next - this.#first) & SEQUENCE_MASK) <= sent;
  }

  /** The worker has dealt with every task before this sequence. */
  passed(next: number): void {
    this.#first = next;
  }
}
