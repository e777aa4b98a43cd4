import { onAbort, type SubmitOptions } from "@concurrent/futures";
import { LongTimer } from "./long-timer.ts";
import type { Task } from "./task.ts";

/** What can end a task before its function does: a signal, and limits of its time. */
export class TaskLimits {
  readonly #task: Task;
  readonly #timeout: number | undefined;
  // Invariant: at most one timer runs: for the time in the queue, and from the start for the run.
  #timer: LongTimer | undefined;
  #stopListening: (() => void) | undefined;
  #isOver = false;

  constructor(
    task: Task,
    { timeout, queueTimeout, signal }: Pick<SubmitOptions, "timeout" | "queueTimeout" | "signal">,
  ) {
    this.#task = task;
    this.#timeout = timeout;
    if (queueTimeout !== undefined) {
      this.#setTimer(queueTimeout, () => task.queueTimeOut(queueTimeout));
    }
    if (signal !== undefined) {
      this.#stopListening = onAbort(signal, () => void task.future.abort(signal.reason));
    }
  }

  /** Whether the worker has to say when the task starts. */
  get isTimed(): boolean {
    return this.#timeout !== undefined;
  }

  /** The task has started. */
  started(): void {
    const timeout = this.#timeout;
    // It may have been stopped before the word of its start came.
    if (timeout !== undefined && !this.#isOver)
      this.#setTimer(timeout, () => this.#task.timeOut(timeout));
  }

  /** The task is settled. */
  clear(): void {
    this.#isOver = true;
    this.#timer?.clear();
    this.#stopListening?.();
  }

  #setTimer(milliseconds: number, onTime: () => void): void {
    this.#timer?.clear();
    // The pool keeps the process alive while the task goes on.
    this.#timer = new LongTimer(milliseconds, onTime);
  }
}
