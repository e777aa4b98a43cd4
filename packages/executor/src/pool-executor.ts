import {
  Executor,
  ExecutorShutdownError,
  UnretrievedErrors,
  type BrokenExecutorError,
  type Future,
  type ItemOutcome,
  type ShutdownOptions,
  type SubmitOptions,
} from "@concurrent/futures";
import { pickleFunction } from "@concurrent/pickle";
import { Dispatcher } from "./dispatch/dispatcher.ts";
import { FunctionTable, type FunctionProfile } from "./dispatch/function-table.ts";
import { prepareInitializer } from "./initializer.ts";
import type { ExecutorStats } from "./observe/stats.ts";
import { checkOptions } from "./options.ts";
import type { ProcessPoolExecutorOptions, ThreadPoolExecutorOptions } from "./options.ts";
import { Arguments, Rows, Snapshot, type Payload } from "./payload.ts";
import { checkShutdownOptions, checkTaskOptions } from "./call-options.ts";
import { LongTimer } from "./long-timer.ts";
import { SubmitSites } from "./submit-site.ts";
import { Task } from "./task.ts";
import type { StartWorker } from "./workers/worker.ts";

/** What distinguishes one kind of pool from the other. */
export interface PoolKind {
  readonly target: "thread" | "process";
  readonly startWorker: StartWorker;
  readonly brokenError: new (message: string, options?: ErrorOptions) => BrokenExecutorError;
}

type TaskFunction = (...args: unknown[]) => unknown;

/** Options of `withOptions` that pools know. */
const TASK_OPTIONS = [
  "timeout",
  "queueTimeout",
  "signal",
  "name",
  "snapshot",
  "strict",
  "chunksize",
  "buffersize",
] as const;

/**
 * What thread and process pools share: everything but how a worker is made.
 *
 *   open ─► draining (shutdown) ─► closed
 *     └──► broken (initializer, workers that cannot start) ─► closed
 */
export abstract class PoolExecutor extends Executor {
  readonly #kind: PoolKind;
  readonly #name: string;
  readonly #maxWorkers: number;
  readonly #dispatcher: Dispatcher;
  readonly #functions = new FunctionTable();
  readonly #sites: SubmitSites;
  readonly #unretrieved = new UnretrievedErrors();
  #nextId = 0;
  // Invariant: set once `shutdown` has been called; settles when the last worker has gone.
  #closed: Promise<void> | undefined;
  #isBroken = false;
  #brokenBy: unknown;

  protected constructor(
    options: ThreadPoolExecutorOptions & ProcessPoolExecutorOptions,
    kind: PoolKind,
  ) {
    super();
    const checked = checkOptions(options, kind.target, new.target.name);
    this.#kind = kind;
    this.#name = checked.name;
    this.#maxWorkers = checked.maxWorkers;
    this.#sites = new SubmitSites(checked.submitStack);
    const initializer = prepareInitializer(checked, kind.target);
    this.#dispatcher = new Dispatcher(
      { ...checked, startWorker: kind.startWorker, initializer },
      this.#unretrieved,
      (cause) => this.#break(cause),
    );
    this.#dispatcher.crew.grow(0);
    // Known before a worker has been asked for.
    if (initializer instanceof Promise) initializer.catch((error: unknown) => this.#break(error));
  }

  /**
   * What the pool is doing now. Counts only: no time is measured.
   *
   * @example
   * ```ts
   * import { ThreadPoolExecutor } from "@concurrent/executor";
   *
   * await using pool = new ThreadPoolExecutor({ maxWorkers: 2 });
   * await pool.run((x: number) => x * 2, 21);
   * const { workers, completed } = pool.stats();
   * console.log(workers, completed); // 1 1
   * ```
   */
  stats(): ExecutorStats {
    const { counters, running, crew } = this.#dispatcher;
    return {
      workers: crew.roster.size,
      idle: crew.roster.count(({ isIdle }) => isIdle),
      busy: crew.roster.count(({ flight }) => flight.size > 0),
      queued: counters.pending - running,
      running,
      completed: counters.completed,
      failed: counters.failed,
      cancelled: counters.cancelled,
      crashes: crew.crashes,
      restarts: crew.restarts,
    };
  }

  /**
   * Accepts no more calls. Those accepted before still run, unless `cancelFutures` cancels what has
   * not started; then the workers leave.
   *
   * May be called again, and each call waits as it says. What still runs after `timeout` milliseconds
   * is killed: its Future is cancelled, with an `ExecutorShutdownError` as the cause.
   *
   * @returns a promise of the end of the last worker; with `wait: false` one that waits for nothing
   * @throws TypeError, RangeError (by rejecting) for bad options
   */
  override async shutdown(options: ShutdownOptions = {}): Promise<void> {
    const { wait = true, cancelFutures = false, timeout } = checkShutdownOptions(options);
    const closed = (this.#closed ??= this.#drainAndClose());
    if (cancelFutures) this.#dispatcher.cancelPending();
    if (timeout !== undefined) this.#killAfter(timeout, closed);
    if (wait) await closed;
  }

  /**
   * Ends the workers at once: processes by SIGTERM, and by SIGKILL if they do not end within
   * `killGrace`; threads are stopped. Every Future that is not done is cancelled.
   */
  terminateWorkers(): Promise<void> {
    return this.#end("SIGTERM", "the workers were terminated");
  }

  /** Ends the workers at once, processes by SIGKILL. Every Future that is not done is cancelled. */
  killWorkers(): Promise<void> {
    return this.#end("SIGKILL", "the workers were killed");
  }

  protected override schedule(
    fn: TaskFunction,
    args: unknown[],
    options: SubmitOptions,
  ): Future<unknown> {
    return this.#accept(fn, new Arguments(args, options.strict ?? true), options);
  }

  protected override scheduleChunk(
    fn: TaskFunction,
    rows: unknown[][],
    options: SubmitOptions,
  ): Future<ItemOutcome[]> {
    const future = this.#accept(fn, new Rows(rows, options.strict ?? true), options);
    return future as Future<ItemOutcome[]>;
  }

  protected override knownOptions(): readonly (keyof SubmitOptions)[] {
    return TASK_OPTIONS;
  }

  protected override checkOptions(options: SubmitOptions): void {
    super.checkOptions(options);
    checkTaskOptions(options);
  }

  protected override defaultReadAhead(): number {
    return 4 * this.#maxWorkers;
  }

  #accept(fn: TaskFunction, payload: Payload, options: SubmitOptions): Future<unknown> {
    this.#checkOpen();
    const task = new Task(this.#dispatcher, this.#nextId++, options);
    this.#dispatcher.accept();
    if (options.signal?.aborted === true) {
      task.future.abort(options.signal.reason);
      return task.future;
    }
    task.site = this.#sites.capture(fn);
    try {
      task.payload = options.snapshot ? new Snapshot(payload, this.#kind.target) : payload;
      this.#dispatcher.enqueue(task, this.#profileOf(fn));
    } catch (error) {
      task.giveUp(error);
    }
    return task.future;
  }

  /** @throws SerializationError for a function that cannot travel. */
  #profileOf(fn: TaskFunction): FunctionProfile | Promise<FunctionProfile> {
    const pickled = pickleFunction(fn);
    return pickled instanceof Promise
      ? pickled.then((found) => this.#functions.profileOf(found))
      : this.#functions.profileOf(pickled);
  }

  #checkOpen(): void {
    if (this.#isBroken) throw this.#brokenError();
    if (this.#closed !== undefined) throw new ExecutorShutdownError();
  }

  /** Nothing can run any more: everything that is left fails, and so does `submit` from now on. */
  #break(cause: unknown): void {
    if (this.#isBroken) return;
    this.#isBroken = true;
    this.#brokenBy = cause;
    this.#dispatcher.settleAll((task) => task.giveUp(this.#brokenError()));
    this.#dispatcher.crew.kill("SIGKILL");
  }

  /** A new one each time, as each gathers the stack of whoever throws it. */
  #brokenError(): BrokenExecutorError {
    const cause = this.#brokenBy;
    const reason = cause instanceof Error ? cause.message : String(cause);
    return new this.#kind.brokenError(
      `${this.#name} is broken and runs nothing any more: ${reason}`,
      {
        cause,
      },
    );
  }

  async #drainAndClose(): Promise<void> {
    await this.#dispatcher.drained();
    await this.#dispatcher.close();
    this.#unretrieved.report();
  }

  #end(signal: "SIGTERM" | "SIGKILL", reason: string): Promise<void> {
    const closed = (this.#closed ??= this.#drainAndClose());
    const error = new ExecutorShutdownError(reason);
    this.#dispatcher.settleAll((task) => task.stop(error));
    this.#dispatcher.crew.kill(signal);
    return closed;
  }

  #killAfter(milliseconds: number, closed: Promise<void>): void {
    const message = `the executor was shut down and the task had not finished after ${milliseconds} ms`;
    const timer = new LongTimer(milliseconds, () => void this.#end("SIGKILL", message));
    void closed.finally(() => timer.clear());
  }
}
