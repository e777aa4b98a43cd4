import { ProcessPoolExecutor, ThreadPoolExecutor, type PoolExecutor } from "@concurrent/executor";
import { echo, noop } from "../jobs.ts";
import type { Contestant, Pool } from "./contestant.ts";

export const threadPoolExecutor: Contestant = {
  name: "ThreadPoolExecutor",
  kind: "threads",
  isOurs: true,
  start: async (workers) => drive(new ThreadPoolExecutor(fixed(workers))),
};

export const processPoolExecutor: Contestant = {
  name: "ProcessPoolExecutor",
  kind: "processes",
  isOurs: true,
  start: async (workers) => drive(new ProcessPoolExecutor(fixed(workers))),
};

function fixed(workers: number): { minWorkers: number; maxWorkers: number } {
  return { minWorkers: workers, maxWorkers: workers };
}

function drive(executor: PoolExecutor): Pool {
  return {
    noop: (index) => executor.run(noop, index),
    echo: (buffer) => executor.run(echo, buffer),
    close: () => executor.shutdown(),
  };
}
