import {
  checkArray,
  checkCount,
  checkDuration,
  checkFunction,
  checkObject,
  checkOneOf,
  checkString,
  got,
} from "./checks.ts";
import { cpuCount } from "./cpu-count.ts";
import type { ThreadLimits } from "./launch/thread.ts";
import type { OrphanGuard } from "./launch/orphan-guard.ts";
import type { SubmitStack } from "./submit-site.ts";

/** What threads and processes have in common. */
export interface PoolExecutorOptions<I extends unknown[] = unknown[]> {
  /** Workers at the most. At least 1. @defaultValue `cpuCount()` */
  readonly maxWorkers?: number | undefined;
  /** Workers that are started at once and stay. 0 to `maxWorkers`. @defaultValue 0 */
  readonly minWorkers?: number | undefined;
  /**
   * Workers that are started beside the others and wait to take the place of one that died or had to
   * be killed, which then takes no start-up time. They take tasks, too, when the pool grows.
   * @defaultValue 0
   */
  readonly spareWorkers?: number | undefined;
  /**
   * Milliseconds after which an idle worker beyond `minWorkers` leaves; `Infinity`: never.
   * @defaultValue 60_000
   */
  readonly idleTimeout?: number | undefined;
  /** Called in each worker before its first task; awaited. If it throws, the pool is broken. */
  readonly initializer?: ((...args: I) => unknown) | undefined;
  /** Arguments of `initializer`. @defaultValue none */
  readonly initargs?: I | undefined;
  /** Tasks after which a worker is replaced. At least 1. @defaultValue no limit */
  readonly maxTasksPerChild?: number | undefined;
  /**
   * Milliseconds that a worker has to stop when it is asked to, before it is killed.
   * @defaultValue 500
   */
  readonly killGrace?: number | undefined;
  /**
   * What happens when a worker dies: another takes its place and only the task fails that it was
   * running; or, as in Python, the pool is broken and everything fails.
   * @defaultValue "replace"
   */
  readonly onWorkerCrash?: OnWorkerCrash | undefined;
  /** What the pool is called in texts. @defaultValue the name of its class */
  readonly name?: string | undefined;
  /** Environment variables of the workers. @defaultValue those of this process */
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** Flags of Node for the workers. @defaultValue those of this process */
  readonly execArgv?: readonly string[] | undefined;
  /**
   * Whether errors tell where their call was submitted: `"auto"` looks once per function for calls
   * that are submitted without an `await` between them, `"always"` for each call.
   * @defaultValue "auto"
   */
  readonly submitStack?: SubmitStack | undefined;
}

export interface ThreadPoolExecutorOptions<
  I extends unknown[] = unknown[],
> extends PoolExecutorOptions<I> {
  /** Memory limits of each thread, in MiB. @defaultValue Node's */
  readonly resourceLimits?: ThreadLimits | undefined;
}

export interface ProcessPoolExecutorOptions<
  I extends unknown[] = unknown[],
> extends PoolExecutorOptions<I> {
  /** Memory limits of each process, in MiB. @defaultValue Node's */
  readonly resourceLimits?: ProcessLimits | undefined;
  /**
   * What ends a busy worker when this process is killed: one shell for all of them, or, where there is
   * none, a thread in each worker. Workers that are not busy end in any case.
   * @defaultValue "reaper"; "thread" without `/bin/sh`; "none" on Windows, which does it itself
   */
  readonly orphanGuard?: OrphanGuard | undefined;
  /** Working directory of the workers. @defaultValue that of this process */
  readonly cwd?: string | undefined;
}

/** Memory limits of a process. */
export type ProcessLimits = Pick<
  ThreadLimits,
  "maxOldGenerationSizeMb" | "maxYoungGenerationSizeMb"
>;

/** The options of every pool, checked, with defaults. */
export interface CheckedOptions {
  readonly maxWorkers: number;
  readonly minWorkers: number;
  readonly spareWorkers: number;
  readonly idleTimeout: number;
  readonly initializer: ((...args: unknown[]) => unknown) | undefined;
  readonly initargs: unknown[];
  readonly maxTasksPerChild: number;
  readonly killGrace: number;
  readonly name: string;
  readonly submitStack: SubmitStack;
  readonly onWorkerCrash: OnWorkerCrash;
}

/** What a worker's crash does to its pool. */
export type OnWorkerCrash = "replace" | "break";

const COMMON = [
  "maxWorkers",
  "minWorkers",
  "spareWorkers",
  "idleTimeout",
  "initializer",
  "initargs",
  "maxTasksPerChild",
  "killGrace",
  "name",
  "env",
  "execArgv",
  "resourceLimits",
  "submitStack",
  "onWorkerCrash",
];

/** Options that only one kind of executor has. */
const THREADS_ONLY: readonly string[] = [];
const PROCESSES_ONLY: readonly string[] = ["cwd", "orphanGuard"];

const PROCESS_LIMITS = ["maxOldGenerationSizeMb", "maxYoungGenerationSizeMb"];
const THREAD_LIMITS = [...PROCESS_LIMITS, "codeRangeSizeMb", "stackSizeMb"];

/**
 * Checks the options of an executor and fills in what is missing.
 *
 * @throws TypeError for a wrong type, an unknown option, or one of the other kind of executor
 * @throws RangeError for a number out of range
 */
export function checkOptions(
  options: ThreadPoolExecutorOptions & ProcessPoolExecutorOptions,
  target: "thread" | "process",
  className: string,
): CheckedOptions {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`options must be an object, ${got(options)}`);
  }
  checkNames(options, target, className);
  checkFunction("initializer", options.initializer);
  checkArray("initargs", options.initargs);
  checkArray("execArgv", options.execArgv);
  checkString("name", options.name);
  checkString("cwd", options.cwd);
  checkObject("env", options.env);
  checkLimits(options.resourceLimits, target);
  const {
    submitStack = "auto",
    idleTimeout = 60_000,
    maxTasksPerChild = Infinity,
    onWorkerCrash = "replace",
    orphanGuard = "none",
    killGrace = 500,
    spareWorkers = 0,
    initargs = [],
  } = options;
  checkOneOf("submitStack", submitStack, ["auto", "always", "never"]);
  checkOneOf("onWorkerCrash", onWorkerCrash, ["replace", "break"]);
  checkOneOf("orphanGuard", orphanGuard, ["reaper", "thread", "none"]);
  return {
    ...checkSizes(options),
    idleTimeout: checkDuration("idleTimeout", idleTimeout),
    initializer: options.initializer,
    initargs: [...initargs],
    spareWorkers: checkCount("spareWorkers", spareWorkers, 0),
    maxTasksPerChild: checkCount("maxTasksPerChild", maxTasksPerChild, 1),
    killGrace: checkDuration("killGrace", killGrace),
    name: options.name ?? className,
    submitStack,
    onWorkerCrash,
  };
}

/** How many workers there may be, and have to be. */
function checkSizes({
  maxWorkers = cpuCount(),
  minWorkers = 0,
}: PoolExecutorOptions): Pick<CheckedOptions, "minWorkers" | "maxWorkers"> {
  checkCount("maxWorkers", maxWorkers, 1);
  checkCount("minWorkers", minWorkers, 0);
  if (minWorkers > maxWorkers) {
    throw new RangeError(
      `\`minWorkers\` must not exceed \`maxWorkers\` (${maxWorkers}), got ${minWorkers}`,
    );
  }
  return { minWorkers, maxWorkers };
}

function checkNames(options: object, target: "thread" | "process", className: string): void {
  const [own, others, other] =
    target === "thread"
      ? [THREADS_ONLY, PROCESSES_ONLY, "ProcessPoolExecutor"]
      : [PROCESSES_ONLY, THREADS_ONLY, "ThreadPoolExecutor"];
  const known = [...COMMON, ...own];
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || known.includes(name)) continue;
    const reason = others.includes(name)
      ? `\`${name}\` is an option of ${other}, not of ${className}`
      : `unknown option \`${name}\` of ${className}; it knows ${known.join(", ")}`;
    throw new TypeError(reason);
  }
}

function checkLimits(limits: unknown, target: "thread" | "process"): void {
  checkObject("resourceLimits", limits);
  const known = target === "thread" ? THREAD_LIMITS : PROCESS_LIMITS;
  for (const [name, value] of Object.entries(limits ?? {})) {
    if (!known.includes(name)) {
      throw new TypeError(
        `unknown limit \`resourceLimits.${name}\` of a ${target}; it knows ${known.join(", ")}`,
      );
    }
    if (typeof value !== "number" || !(value > 0)) {
      throw new RangeError(`\`resourceLimits.${name}\` must be a positive number, ${got(value)}`);
    }
  }
}
