export { cpuCount } from "./cpu-count.ts";
export type { ThreadLimits } from "./launch/thread.ts";
export type { ExecutorStats } from "./observe/stats.ts";
export type { OrphanGuard } from "./launch/orphan-guard.ts";
export type {
  OnWorkerCrash,
  PoolExecutorOptions,
  ProcessLimits,
  ProcessPoolExecutorOptions,
  ThreadPoolExecutorOptions,
} from "./options.ts";
export type { PoolExecutor } from "./pool-executor.ts";
export { ProcessPoolExecutor } from "./process-pool-executor.ts";
export type { SubmitStack } from "./submit-site.ts";
export { ThreadPoolExecutor } from "./thread-pool-executor.ts";
export { taskModule } from "@concurrent/pickle";
export type { TaskModule } from "@concurrent/pickle";
