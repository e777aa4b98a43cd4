/** @internal */
export { onAbort } from "./abort-hub.ts";
export { asCompleted } from "./as-completed.ts";
export {
  BrokenExecutorError,
  BrokenProcessPoolError,
  BrokenThreadPoolError,
  CancelledError,
  ExecutorError,
  ExecutorShutdownError,
  FuturesError,
  InvalidStateError,
  isFuturesError,
  QueueFullError,
  SerializationError,
  TimeoutError,
  WorkerCrashedError,
} from "./errors.ts";
export type { WorkerCrash } from "./errors.ts";
export { Executor } from "./executor.ts";
export type { ExecutorView, IterablesOf, TaskFunction } from "./executor-view.ts";
export { Future } from "./future.ts";
export type { FutureState } from "./future.ts";
export type { FutureOwner } from "./future-owner.ts";
export { InlineExecutor } from "./inline-executor.ts";
export type { InlineExecutorOptions } from "./inline-executor.ts";
export type { ItemOutcome } from "./map-feed.ts";
export { MapResult } from "./map-result.ts";
export type { AnyIterable } from "./row-source.ts";
export type { RetryOptions, ShutdownOptions, SubmitOptions } from "./submit-options.ts";
export { UnretrievedErrors } from "./unretrieved.ts";
export { ALL_COMPLETED, FIRST_COMPLETED, FIRST_EXCEPTION, wait } from "./wait.ts";
export type { ReturnWhen, WaitManyOptions, WaitResult } from "./wait.ts";
export type { WaitOptions } from "./wait-options.ts";
