import {
  BrokenProcessPoolError,
  BrokenThreadPoolError,
  InlineExecutor,
  type BrokenExecutorError,
  type Executor,
} from "@concurrent/futures";
import {
  ProcessPoolExecutor,
  ThreadPoolExecutor,
  type PoolExecutor,
  type PoolExecutorOptions,
} from "@concurrent/executor";
import { vi } from "vitest";

// Other programs may run beside the tests: a slow machine is no failure.
const PATIENCE = 60_000;
vi.setConfig({ testTimeout: PATIENCE, hookTimeout: PATIENCE });

/** One kind of executor, for `describe.each`. */
export interface ExecutorCase {
  readonly name: string;
  readonly create: () => Executor;
}

/** One kind of pool, for `describe.each`. */
export interface PoolCase {
  readonly name: string;
  readonly kind: "thread" | "process";
  /** A pool of two workers, unless the options say otherwise. */
  readonly create: <I extends unknown[]>(options?: PoolExecutorOptions<I>) => PoolExecutor;
  readonly Broken: typeof BrokenExecutorError;
}

export const pools: PoolCase[] = [
  {
    name: "ThreadPoolExecutor",
    kind: "thread",
    create: (options) =>
      new ThreadPoolExecutor({ maxWorkers: 2, ...(options as PoolExecutorOptions) }),
    Broken: BrokenThreadPoolError,
  },
  {
    name: "ProcessPoolExecutor",
    kind: "process",
    create: (options) =>
      new ProcessPoolExecutor({ maxWorkers: 2, ...(options as PoolExecutorOptions) }),
    Broken: BrokenProcessPoolError,
  },
];

/** Every executor, for promises that do not need workers. */
export const executors: ExecutorCase[] = [
  ...pools.map(({ name, create }) => ({ name, create: () => create() })),
  { name: "InlineExecutor", create: () => new InlineExecutor() },
];
