import { AsyncLocalStorage } from "node:async_hooks";

/** What a task can learn of itself. */
export interface CurrentTask {
  /** The task's number in its pool, in order of submission. */
  readonly id: number;
  /** The name of the task's function. */
  readonly name: string;
  /** The pool's number for this worker; the worker that replaces a dead one has another. */
  readonly workerId: number;
  /**
   * Aborts when the task is asked to stop: by `future.abort(reason)`, its `signal` or its `timeout`.
   * A task that has not ended `killGrace` milliseconds later loses its worker.
   */
  readonly signal: AbortSignal;
}

/** A call while it runs. */
export class RunningTask implements CurrentTask {
  readonly id: number;
  readonly name: string;
  readonly workerId: number;
  readonly sequence: number;
  isDone = false;
  // Made when somebody asks for the signal: most tasks never do.
  #controller: AbortController | undefined;
  #abort: { readonly reason: unknown } | undefined;

  constructor(id: number, name: string, workerId: number, sequence: number) {
    this.id = id;
    this.name = name;
    this.workerId = workerId;
    this.sequence = sequence;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#abort !== undefined) this.#controller.abort(this.#abort.reason);
    }
    return this.#controller.signal;
  }

  get isAborted(): boolean {
    return this.#abort !== undefined;
  }

  abort(reason: unknown): void {
    this.#abort = { reason };
    this.#controller?.abort(reason);
  }
}

/** Which task this worker is running. */
interface WorkerState {
  // Invariant: the call that has been started last, until it is done.
  running: RunningTask | undefined;
  /** The task that started what is running now, for what goes on after a task. */
  readonly origin: AsyncLocalStorage<RunningTask>;
}

const KEY = Symbol.for("@concurrent/executor/worker");

/** One for the whole worker, however many copies of this package it has loaded. */
export const workerState: WorkerState = ((globalThis as Record<symbol, unknown>)[KEY] ??= {
  running: undefined,
  origin: new AsyncLocalStorage<RunningTask>(),
}) as WorkerState;

/** Runs what is no task, so that errors that escape from it are not taken for one of a task. */
export function beforeTasks<T>(action: () => T): T {
  const nobody = new RunningTask(-1, "code outside tasks", 0, -1);
  nobody.isDone = true;
  return workerState.origin.run(nobody, action);
}

/**
 * The task that called this, directly or later; undefined outside tasks, and once the task is done.
 *
 * @example
 * ```ts
 * import { ThreadPoolExecutor } from "@concurrent/executor";
 *
 * await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
 * const id = await pool.run(async () => {
 *   const { currentTask } = await import("@concurrent/executor/task");
 *   return currentTask()?.id;
 * });
 * console.log(id); // 0
 * ```
 */
export function currentTask(): CurrentTask | undefined {
  const task = workerState.origin.getStore() ?? workerState.running;
  return task?.isDone === false ? task : undefined;
}
