import type { Task } from "../task.ts";
import { RingBuffer } from "./ring-buffer.ts";

/**
 * Tasks that wait to be sent, in the order in which they were submitted. A task that comes back
 * (its worker died before it started, or it was recalled) gets its old place.
 */
export class TaskQueue {
  // Invariant: tasks enter `#waiting` in order of their ids and `#returned` holds only tasks that
  // have been taken from it before, so that whatever is in `#returned` is older than the rest.
  // `#returned` is sorted by id, the oldest last.
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

  /** Takes a task back that has been taken out before. */
  putBack(task: Task): void {
    const returned = this.#returned;
    let place = returned.length;
    while (place > 0 && (returned[place - 1] as Task).id < task.id) place--;
    returned.splice(place, 0, task);
  }

  /** The next task, which stays. */
  peek(): Task | undefined {
    for (;;) {
      const task = this.#returned.at(-1) ?? this.#waiting.peek();
      if (task === undefined || !task.isSettled) return task;
      this.#remove();
      this.#dead--;
    }
  }

  shift(): Task | undefined {
    const task = this.peek();
    if (task !== undefined) this.#remove();
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

  #remove(): void {
    if (this.#returned.length > 0) this.#returned.pop();
    else this.#waiting.shift();
  }
}
