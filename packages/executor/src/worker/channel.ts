import type { WorkerMessage } from "../wire/messages.ts";

/** A worker's way to its pool: a port in a thread, a pipe in a process. */
export interface WorkerChannel {
  /** What kind of worker this is, which says what values can leave it. */
  readonly target: "thread" | "process";
  /** @throws when the message holds something that cannot be cloned; nothing is sent then. */
  send(message: WorkerMessage): void;
  /** Ends this worker, politely: its exit handlers run, what was sent arrives. */
  leave(exitcode: number): void;
}
