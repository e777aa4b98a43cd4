import { BrokenProcessPoolError } from "@concurrent/futures";
import { inheritableFlags } from "./launch/exec-argv.ts";
import { defaultOrphanGuard } from "./launch/orphan-guard.ts";
import type { ProcessLimits, ProcessPoolExecutorOptions } from "./options.ts";
import { PoolExecutor } from "./pool-executor.ts";
import { ProcessWorker } from "./workers/process-worker.ts";

/**
 * Runs calls in child processes: nothing is shared, and whatever ends a child, even a native crash or
 * a lack of memory, fails only the task that it was running.
 *
 * Children inherit standard output and standard error; their standard input is empty.
 *
 * @example
 * ```ts
 * import { ProcessPoolExecutor } from "@concurrent/executor";
 *
 * await using pool = new ProcessPoolExecutor({ maxWorkers: 2 });
 * const pids = await pool.map(() => process.pid, [1, 2, 3]).toArray();
 * console.log(pids.includes(process.pid)); // false
 * ```
 */
export class ProcessPoolExecutor<I extends unknown[] = unknown[]> extends PoolExecutor {
  /**
   * @throws TypeError or RangeError naming the option that is wrong
   * @throws {@link SerializationError} when the initializer cannot travel
   */
  constructor(options: ProcessPoolExecutorOptions<I> = {}) {
    const { cwd, env, execArgv, resourceLimits, orphanGuard = defaultOrphanGuard() } = options;
    super(options as ProcessPoolExecutorOptions, {
      target: "process",
      brokenError: BrokenProcessPoolError,
      startWorker: (listener) => {
        const flags = withLimits(execArgv, resourceLimits);
        return new ProcessWorker({ cwd, env, execArgv: flags, orphanGuard }, listener);
      },
    });
  }
}

/** Node's flags with those for the limits. V8's young generation consists of three semi-spaces. */
function withLimits(
  execArgv: readonly string[] | undefined,
  limits: ProcessLimits = {},
): readonly string[] | undefined {
  const { maxOldGenerationSizeMb: old, maxYoungGenerationSizeMb: young } = limits;
  const flags: string[] = [];
  if (old !== undefined) flags.push(`--max-old-space-size=${old}`);
  if (young !== undefined) flags.push(`--max-semi-space-size=${Math.max(1, Math.ceil(young / 3))}`);
  if (flags.length === 0) return execArgv;
  return [...(execArgv ?? inheritableFlags()), ...flags];
}
