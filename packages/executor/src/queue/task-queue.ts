import type { Task } from "../task.ts";
import { RingBuffer } from "./ring-buffer.ts";

/**
 * Tasks that wait to be sent, in the order in which they were submitted. A task that comes back
 * (its worker died before it started, or it was recalled) gets its old place.
 */
export class TaskQueue {
  // Invariant: both are sorted by id: `#waiting` because tasks enter it in that order, `#returned`,
  // the oldest last, because `putBack` sees to it.
  readonly #waiting = new RingBuffer<Task>();
  readonly #returned: Task[] = [];
  // Tasks that were cancelled while they waited; they are dropped when they reach the head.
  #dead = 0;

  /** Tasks that wait, without the cancelled ones. */
  get size(): number {
    return this.#waiting.size + this.#returned.length - this.#dead;
  }

  push(task: Task): void {
    this.#waiting.push(task);
  }

  /** Gives a task its place by age: it was taken out before, or comes late. */
  putBack(task: Task): void {
    const returned = this.#returned;
    let place = returned.length;
    while (place > 0 && (returned[place - 1] as Task).id < task.id) place--;
    returned.splice(place, 0, task);
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
  }

  /** Takes everything out, in order. */
  clear(): Task[] {
    const tasks: Task[] = [];
    for (let task = this.shift(); task !== undefined; task = this.shift()) tasks.push(task);
    return tasks;
  }

  #oldest(): Task | undefined {
    const returned = this.#returned.at(-1);
    const waiting = this.#waiting.peek();
    if (returned === undefined || waiting === undefined) return returned ?? waiting;
    return returned.id < waiting.id ? returned : waiting;
  }

  #remove(task: Task): void {
    if (task === this.#returned.at(-1)) this.#returned.pop();
    else this.#waiting.shift();
  }
}
