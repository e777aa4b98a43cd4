import type { Task } from "../task.ts";
import { Heap } from "./heap.ts";
import { RingBuffer } from "./ring-buffer.ts";

/**
 * Tasks that wait to be sent, in the order in which they were submitted. A task that comes back
 * (its worker died before it started, or it was recalled) gets its old place.
 */
export class TaskQueue {
  // Invariant: tasks enter `#waiting` in the order of their ids; those that come late or come back
  // are in `#returned`.
  readonly #waiting = new RingBuffer<Task>();
  readonly #returned = new Heap<Task>(({ id }) => id);
  // Tasks that were cancelled while they waited; they are dropped when they reach the head.
  #dead = 0;

  /** Tasks that wait, without the cancelled ones. */
  get size(): number {
    return this.#waiting.size + this.#returned.size - this.#dead;
  }

  push(task: Task): void {
    this.#waiting.push(task);
  }

  /** Gives a task its place by age: it was taken out before, or comes late. */
  putBack(task: Task): void {
    this.#returned.push(task);
  }

  /** The next task, which stays. */
  peek(): Task | undefined {
    for (;;) {
      const task = this.#oldest();
      if (task === undefined || !task.isSettled) return task;
      this.#remove(task);
      this.#dead--;
    }
  }

  shift(): Task | undefined {
    const task = this.peek();
    if (task !== undefined) this.#remove(task);
    return task;
  }

  /** A task that waits here has been settled: it counts no more. */
  forget(): void {
    this.#dead++;
    // They are dropped at the head, but a slow head must not let them pile up.
    if (this.#dead < 1024 || this.#dead < this.#waiting.size / 2) return;
    this.#dead -= this.#waiting.retain((task) => !task.isSettled);
  }

  /** Takes everything out, in order. */
  clear(): Task[] {
    const tasks: Task[] = [];
    for (let task = this.shift(); task !== undefined; task = this.shift()) tasks.push(task);
    return tasks;
  }

  #oldest(): Task | undefined {
    const returned = this.#returned.peek();
    const waiting = this.#waiting.peek();
    if (returned === undefined || waiting === undefined) return returned ?? waiting;
    return returned.id < waiting.id ? returned : waiting;
  }

  #remove(task: Task): void {
    if (task === this.#returned.peek()) this.#returned.pop();
    else this.#waiting.shift();
  }
}
