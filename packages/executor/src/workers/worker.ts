import type { ExitStatus } from "../launch/exit-status.ts";
import type { PoolClaims } from "../wire/claims.ts";
import type { PoolMessage, WorkerMessage } from "../wire/messages.ts";

/**
 * A thread or a process that runs calls, as the dispatcher sees it. It does not keep this process
 * alive.
 */
export interface Worker {
  readonly target: "thread" | "process";
  /** Undefined where calls that have been sent cannot be taken back. */
  readonly claims: PoolClaims | undefined;
  readonly pid: number | undefined;
  readonly threadId: number | undefined;
  /** @throws when the message holds something that cannot be cloned; nothing is sent then. */
  send(message: PoolMessage): void;
  /** Ends it without regard to what it is doing. */
  kill(signal?: NodeJS.Signals): void;
}

/** Whom a worker tells what happens to it. */
export interface WorkerListener {
  message(message: WorkerMessage): void;
  /** Once, and after every message. */
  exit(status: ExitStatus): void;
}

/** Makes a worker, which is on its way when this returns. */
export type StartWorker = (listener: WorkerListener) => Worker;
