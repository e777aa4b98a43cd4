import { Deadline } from "./deadline.ts";
import { brief } from "./describe.ts";
import { BrokenExecutorError, ExecutorShutdownError, SerializationError } from "./errors.ts";
import { Executor } from "./executor.ts";
import type { TaskFunction } from "./executor-view.ts";
import { Fifo } from "./fifo.ts";
import type { Future } from "./future.ts";
import { InlineTask } from "./inline-task.ts";
import type { ItemOutcome } from "./map-feed.ts";
import { checkDuration } from "./submit-options.ts";
import type { ShutdownOptions, SubmitOptions } from "./submit-options.ts";
import { UnretrievedErrors } from "./unretrieved.ts";
import { checkWaitOptions } from "./wait-options.ts";

/** How an {@link InlineExecutor} prepares for its calls. */
export interface InlineExecutorOptions<I extends unknown[] = unknown[]> {
  /** Called once, before the first call. If it throws, the executor is broken. */
  readonly initializer?: ((...initargs: I) => unknown) | undefined;
  /** The arguments of `initializer`. @defaultValue none */
  readonly initargs?: I | undefined;
}

/**
 * Runs calls in this thread, one at a time, in the order of `submit`: for unit tests and for debugging.
 *
 * It keeps the contract of the executors with workers. Calls start in a later microtask, so that they can
 * be seen pending and be cancelled; arguments and results are structured clones, and what cannot be cloned
 * fails with a `SerializationError`. Unlike a worker, nothing here can stop a function: when a running call
 * is aborted or timed out, its Future settles at once, the function goes on to its end unheard, and the
 * next call waits for it. A call that waits for another call of the same executor waits for ever.
 *
 * @example
 * ```ts
 * import { InlineExecutor } from "@concurrent/futures";
 *
 * await using executor = new InlineExecutor();
 * const future = executor.submit((text: string) => text.length, "four");
 * console.log(future.state, await future.result()); // pending 4
 * ```
 */
export class InlineExecutor<I extends unknown[] = unknown[]> extends Executor {
  readonly #initializer: (() => unknown) | undefined;
  /** Whether the initializer is still to be called. */
  #initialized = false;
  /** Accepted, not started. May hold Futures that were cancelled meanwhile. */
  readonly #queue = new Fifo<InlineTask>();
  #running: InlineTask | undefined;
  /** Whether `#run` is at work. */
  #busy = false;
  /** Resolves when all that was accepted is done. */
  #idle: Promise<void> = Promise.resolve();
  #closed = false;
  /** What the initializer threw. */
  #broken: { readonly cause: unknown } | undefined;
  readonly #unretrieved = new UnretrievedErrors();

  /** @throws TypeError when `initializer` is not a function, or `initargs` not an array */
  constructor({ initializer, initargs }: InlineExecutorOptions<I> = {}) {
    super();
    if (initializer === undefined) return;
    if (typeof initializer !== "function") {
      throw new TypeError(`\`initializer\` must be a function, got ${brief(initializer)}`);
    }
    const args = initargs ?? ([] as unknown[] as I);
    if (!Array.isArray(args)) {
      throw new TypeError(`\`initargs\` must be an array, got ${brief(args)}`);
    }
    this.#initializer = () => initializer(...args);
  }

  async shutdown(options: ShutdownOptions = {}): Promise<void> {
    const { wait = true, cancelFutures = false } = options;
    const { timeout } = checkWaitOptions({ timeout: options.timeout });
    this.#closed = true;
    if (cancelFutures) this.#cancelQueued();
    const finished = this.#whenIdle(timeout).then(() => this.#unretrieved.report());
    if (wait) await finished;
  }

  protected override knownOptions(): readonly (keyof SubmitOptions)[] {
    const own = [
      "timeout",
      "queueTimeout",
      "signal",
      "transfer",
      "snapshot",
      "key",
      "name",
    ] as const;
    return [...own, ...super.knownOptions()];
  }

  protected override checkOptions(options: SubmitOptions): void {
    super.checkOptions(options);
    checkDuration("timeout", options.timeout);
    checkDuration("queueTimeout", options.queueTimeout);
    checkWaitOptions({ signal: options.signal });
  }

  protected schedule(fn: TaskFunction, args: unknown[], options: SubmitOptions): Future<unknown> {
    return this.#accept(options, () => {
      const name = options.name ?? fn.name;
      const copy = clone(args, `the arguments of ${name}`, options.transfer);
      return async () => clone(await fn(...copy), `the result of ${name}`);
    });
  }

  protected override scheduleChunk(
    fn: TaskFunction,
    rows: unknown[][],
    options: SubmitOptions,
  ): Future<ItemOutcome[]> {
    return this.#accept(options, () => {
      const name = options.name ?? fn.name;
      const copies = clone(rows, `the arguments of ${name}`, options.transfer);
      return async () => {
        const outcomes: ItemOutcome[] = [];
        for (const row of copies) outcomes.push(await outcomeOf(fn, row, name));
        return outcomes;
      };
    }) as Future<ItemOutcome[]>;
  }

  /** Queues what `prepare` makes of the arguments; an error of preparing settles the Future. */
  #accept(options: SubmitOptions, prepare: () => () => Promise<unknown>): Future<unknown> {
    if (this.#closed) throw new ExecutorShutdownError();
    if (this.#broken !== undefined) throw brokenError(this.#broken);
    let call: () => Promise<unknown>;
    try {
      call = prepare();
    } catch (error) {
      call = () => Promise.reject(error);
    }
    const task = new InlineTask(call, options, this.#unretrieved);
    this.#queue.push(task);
    if (!this.#busy) {
      this.#busy = true;
      this.#idle = Promise.resolve().then(() => this.#run());
    }
    return task.future;
  }

  /** Runs what is queued. */
  async #run(): Promise<void> {
    await this.#initialize();
    for (;;) {
      this.#running = this.#queue.shift();
      if (this.#running === undefined) break;
      if (this.#broken === undefined) await this.#running.run();
      else this.#running.fail(brokenError(this.#broken));
    }
    this.#busy = false;
  }

  async #initialize(): Promise<void> {
    if (this.#initialized) return;
    this.#initialized = true;
    try {
      await this.#initializer?.();
    } catch (error) {
      this.#broken = { cause: error };
    }
  }

  /** Resolves when all is done, or was stopped because time is up. */
  async #whenIdle(timeout: number): Promise<void> {
    let deadline: Deadline | undefined;
    const stopped = new Promise<void>((resolve) => {
      deadline = new Deadline(timeout, undefined, () => {
        const reason = new ExecutorShutdownError(
          "the executor was shut down before the call was done",
        );
        this.#running?.future.abort(reason);
        this.#cancelQueued(reason);
        resolve();
      });
    });
    await Promise.race([this.#idle, stopped]);
    deadline?.clear();
  }

  #cancelQueued(reason?: unknown): void {
    for (const task of this.#queue.drain()) task.future.abort(reason);
  }
}

async function outcomeOf(fn: TaskFunction, row: unknown[], name: string): Promise<ItemOutcome> {
  try {
    return { ok: true, value: clone(await fn(...row), `the result of ${name}`) };
  } catch (error) {
    return { ok: false, error };
  }
}

function clone<V>(value: V, what: string, transfer?: readonly object[]): V {
  try {
    return transfer === undefined
      ? structuredClone(value)
      : structuredClone(value, { transfer } as Parameters<typeof structuredClone>[1]);
  } catch (cause) {
    throw new SerializationError(`cannot copy ${what}: ${brief(cause)}`, { cause });
  }
}

function brokenError({ cause }: { readonly cause: unknown }): BrokenExecutorError {
  return new BrokenExecutorError("the executor is broken: its initializer failed", { cause });
}
