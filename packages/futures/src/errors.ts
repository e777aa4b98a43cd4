/** The brand of each class of this family, by class. Classes derived by users have none of their own. */
const brands = new WeakMap<object, symbol>();

/**
 * Gives an error class its name and its brand.
 *
 * Two copies of this package in one program have two `CancelledError` classes. Both brand their
 * prototype with the same registered symbol, and `instanceof` looks for that symbol.
 */
function brandError(errorClass: { readonly prototype: FuturesError }, name: string): void {
  const brand = Symbol.for(`@concurrent/futures/${name}`);
  brands.set(errorClass, brand);
  Object.defineProperties(errorClass.prototype, {
    name: { value: name, writable: true, configurable: true },
    [brand]: { value: true },
  });
}

/**
 * The base of every error that this project makes itself.
 *
 * `code` never changes between versions and is what programs should compare; texts may change.
 * `instanceof` also recognises errors of another copy of this package.
 *
 * @example
 * ```ts
 * import { Future, FuturesError } from "@concurrent/futures";
 *
 * const future = new Future<number>();
 * future.cancel();
 * try {
 *   await future.result();
 * } catch (error) {
 *   if (error instanceof FuturesError) console.log(error.code); // ERR_FUTURES_CANCELLED
 * }
 * ```
 */
export class FuturesError extends Error {
  static {
    brandError(this, "FuturesError");
  }

  /** What happened, in a form that stays the same in every version. */
  readonly code: string = "ERR_FUTURES";

  static override [Symbol.hasInstance](value: unknown): boolean {
    const brand = brands.get(this);
    if (brand === undefined) return Function.prototype[Symbol.hasInstance].call(this, value);
    return typeof value === "object" && value !== null && brand in value;
  }
}

/** The call was cancelled before it finished, or a wait was aborted; `cause` is the reason when one was given. */
export class CancelledError extends FuturesError {
  static {
    brandError(this, "CancelledError");
  }

  override readonly code: string = "ERR_FUTURES_CANCELLED";

  constructor(message: string = "the call was cancelled", options?: ErrorOptions) {
    super(message, options);
  }
}

/** What was waited for did not happen in time. */
export class TimeoutError extends FuturesError {
  static {
    brandError(this, "TimeoutError");
  }

  override readonly code: string = "ERR_FUTURES_TIMEOUT";

  constructor(message: string = "timed out", options?: ErrorOptions) {
    super(message, options);
  }
}

/** A Future was asked for what its state does not allow, such as a second result. */
export class InvalidStateError extends FuturesError {
  static {
    brandError(this, "InvalidStateError");
  }

  override readonly code: string = "ERR_FUTURES_INVALID_STATE";
}

/** The base of what goes wrong in an executor, as opposed to in the function that it runs. */
export class ExecutorError extends FuturesError {
  static {
    brandError(this, "ExecutorError");
  }

  override readonly code: string = "ERR_EXECUTOR";
}

/** The executor takes no more calls because `shutdown` was called. */
export class ExecutorShutdownError extends ExecutorError {
  static {
    brandError(this, "ExecutorShutdownError");
  }

  override readonly code: string = "ERR_EXECUTOR_SHUTDOWN";

  constructor(
    message: string = "cannot schedule new futures after shutdown",
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** As many calls as the executor allows were already waiting to start. */
export class QueueFullError extends ExecutorError {
  static {
    brandError(this, "QueueFullError");
  }

  override readonly code: string = "ERR_EXECUTOR_QUEUE_FULL";
}

/** A function, an argument or a result cannot travel between the caller and a worker. */
export class SerializationError extends ExecutorError {
  static {
    brandError(this, "SerializationError");
  }

  override readonly code: string = "ERR_EXECUTOR_SERIALIZATION";
}

/** What is known of a worker's end. */
export interface WorkerCrash {
  /** The exit code of the worker; `null` when a signal ended it or none is known. */
  readonly exitcode: number | null;
  /** The signal that ended the worker, such as `"SIGKILL"`; `null` when there was none. */
  readonly signal: string | null;
  /** Whether the worker ran out of memory. */
  readonly oom: boolean;
  /** The process id of a worker process. */
  readonly pid: number | undefined;
  /** The thread id of a worker thread. */
  readonly threadId: number | undefined;
  /** The executor's own number for the worker. */
  readonly workerId: number | undefined;
  /** The name of the task that was running, as far as it is known. */
  readonly taskName: string | undefined;
  /** The last that the worker wrote to its standard error; empty when nothing was seen. */
  readonly lastStderr: string;
  /** Whether the task may have finished before its outcome was lost: its effects may have happened. */
  readonly mayHaveCompleted: boolean;
}

/** The worker died while it ran the call: it exited, was killed, or ran out of memory. */
export class WorkerCrashedError extends ExecutorError implements WorkerCrash {
  static {
    brandError(this, "WorkerCrashedError");
  }

  override readonly code: string = "ERR_EXECUTOR_WORKER_CRASHED";
  readonly exitcode: number | null;
  readonly signal: string | null;
  readonly oom: boolean;
  readonly pid: number | undefined;
  readonly threadId: number | undefined;
  readonly workerId: number | undefined;
  readonly taskName: string | undefined;
  readonly lastStderr: string;
  readonly mayHaveCompleted: boolean;

  constructor(message: string, crash: Partial<WorkerCrash> = {}, options?: ErrorOptions) {
    super(message, options);
    this.exitcode = crash.exitcode ?? null;
    this.signal = crash.signal ?? null;
    this.oom = crash.oom ?? false;
    this.pid = crash.pid;
    this.threadId = crash.threadId;
    this.workerId = crash.workerId;
    this.taskName = crash.taskName;
    this.lastStderr = crash.lastStderr ?? "";
    this.mayHaveCompleted = crash.mayHaveCompleted ?? false;
  }
}

/** The executor can run nothing any more: its initializer threw, or its workers keep dying. `cause` says why. */
export class BrokenExecutorError extends ExecutorError {
  static {
    brandError(this, "BrokenExecutorError");
  }

  override readonly code: string = "ERR_EXECUTOR_BROKEN";
}

/** A `ThreadPoolExecutor` is broken. */
export class BrokenThreadPoolError extends BrokenExecutorError {
  static {
    brandError(this, "BrokenThreadPoolError");
  }
}

/** A `ProcessPoolExecutor` is broken. */
export class BrokenProcessPoolError extends BrokenExecutorError {
  static {
    brandError(this, "BrokenProcessPoolError");
  }
}

/**
 * Whether `value` is an error of this project, of this copy of the package or another one.
 *
 * @param code - asks for errors of this code only
 *
 * @example
 * ```ts
 * import { CancelledError, isFuturesError } from "@concurrent/futures";
 *
 * console.log(isFuturesError(new CancelledError(), "ERR_FUTURES_CANCELLED")); // true
 * ```
 */
export function isFuturesError(value: unknown, code?: string): value is FuturesError {
  return value instanceof FuturesError && (code === undefined || value.code === code);
}
