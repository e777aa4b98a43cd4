import { findUncloneable } from "@concurrent/pickle";
import { notCloneable, type Payload } from "../payload.ts";
import type { TaskQueue } from "../queue/task-queue.ts";
import type { Task } from "../task.ts";
import type { FunctionProfile } from "./function-table.ts";
import type { PreparedCall, Seat } from "./seat.ts";

/** A task that cannot be sent. */
export interface Failure {
  readonly task: Task;
  readonly error: unknown;
}

/**
 * Sends tasks to a worker as one batch. Gives those that cannot travel, for the caller to settle when
 * the others are where they belong. If the batch cannot be cloned, the others wait again.
 */
export function deliver(tasks: readonly Task[], seat: Seat, queue: TaskQueue): Failure[] {
  const calls: PreparedCall[] = [];
  const failures: Failure[] = [];
  for (const task of tasks) {
    task.state = "held";
    try {
      const { encoding, data } = (task.payload as Payload).encode(seat.worker.target);
      calls.push({ task, fn: task.fn as FunctionProfile, encoding, args: data });
    } catch (error) {
      failures.push({ task, error });
    }
  }
  // What is encoded may run accessors of user code, which may cancel.
  const wanted = calls.filter(({ task }) => !task.isSettled);
  if (wanted.length === 0) return failures;
  try {
    seat.send(wanted);
  } catch (cause) {
    failures.push(...blame(wanted, cause, queue));
  }
  return failures;
}

/** Finds the tasks that are the reason why a batch could not be cloned; the others wait again. */
function blame(calls: readonly PreparedCall[], cause: unknown, queue: TaskQueue): Failure[] {
  const failures: Failure[] = [];
  for (const { task, args } of calls) {
    const isReason = calls.length === 1 || findUncloneable(args, "arguments") !== undefined;
    if (isReason) {
      failures.push({ task, error: notCloneable(args, cause) });
      continue;
    }
    // If none of them looks like the reason, it is found when they travel one by one.
    task.suspicion++;
    task.state = "queued";
    queue.putBack(task);
  }
  return failures;
}
