import { BrokenThreadPoolError } from "@concurrent/futures";
import type { ThreadPoolExecutorOptions } from "./options.ts";
import { PoolExecutor } from "./pool-executor.ts";
import { ThreadWorker } from "./workers/thread-worker.ts";

/**
 * Runs calls in worker threads: in the same process, each with a heap and an event loop of its own.
 *
 * Threads start faster and take values faster than processes. A native crash in one ends the program.
 * Arguments and results are copied; only `SharedArrayBuffer`s are shared.
 *
 * @example
 * ```ts
 * import { ThreadPoolExecutor } from "@concurrent/executor";
 *
 * await using pool = new ThreadPoolExecutor({ maxWorkers: 2 });
 * const future = pool.submit((x: number, y: number) => x ** y, 2, 8);
 * console.log(await future.result()); // 256
 * ```
 */
export class ThreadPoolExecutor<I extends unknown[] = unknown[]> extends PoolExecutor {
  /**
   * @throws TypeError or RangeError naming the option that is wrong
   * @throws {@link SerializationError} when the initializer cannot travel
   */
  constructor(options: ThreadPoolExecutorOptions<I> = {}) {
    const { env, execArgv, resourceLimits } = options;
    super(options as ThreadPoolExecutorOptions, {
      target: "thread",
      brokenError: BrokenThreadPoolError,
      startWorker: (listener) => new ThreadWorker({ env, execArgv, resourceLimits }, listener),
    });
  }
}
