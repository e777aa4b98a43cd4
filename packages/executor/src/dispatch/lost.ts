import { WorkerCrashedError } from "@concurrent/futures";
import type { ExitStatus } from "../launch/exit-status.ts";
import type { TaskQueue } from "../queue/task-queue.ts";
import type { Task } from "../task.ts";
import { FINISHED } from "../wire/claims.ts";
import type { Seat } from "./seat.ts";

/** Workers that may die holding a task that they have not started, before it counts as the reason. */
const DELIVERIES = 3;

/**
 * A worker has gone: settles the task that it was running, and those whose outcome went with it.
 * The ones that it had not started get their places in the queue back.
 */
export function settleLost(seat: Seat, status: ExitStatus, queue: TaskQueue): void {
  let isFirst = true;
  for (const task of seat.flight) {
    // Settling one may settle others: callbacks run now.
    if (task.isSettled) continue;
    const { claims } = seat.worker;
    const started = seat.hasStarted(task);
    const finished = claims === undefined || claims.stateOf(task.sequence) === FINISHED;
    seat.flight.remove(task);
    if (started) {
      task.fail(crashed(seat, task, status, started && finished));
      continue;
    }
    // The first that had not started may be what the worker died of when it received it.
    if (isFirst) task.suspicion++;
    isFirst = false;
    if (task.suspicion >= DELIVERIES) task.fail(crashed(seat, task, status, false));
    else {
      task.state = "queued";
      queue.putBack(task);
    }
  }
}

/** "worker thread 2", "worker process 4711": as errors name a worker. */
export function describeWorker({ worker, id }: Seat): string {
  return worker.target === "thread" ? `worker thread ${id}` : `worker process ${worker.pid}`;
}

function crashed(
  seat: Seat,
  task: Task,
  status: ExitStatus,
  mayHaveCompleted: boolean,
): WorkerCrashedError {
  const { pid, threadId } = seat.worker;
  const { exitcode, signal, oom, lastStderr, error } = status;
  const why = oom ? "ran out of memory" : signal === null ? `exit code ${exitcode}` : signal;
  const what = mayHaveCompleted
    ? "after the task had finished and before its outcome arrived"
    : "while the task was running";
  return new WorkerCrashedError(
    `${describeWorker(seat)} died ${what} (task "${task.name}": ${why})`,
    {
      exitcode,
      signal,
      oom,
      pid,
      threadId,
      workerId: seat.id,
      taskName: task.name,
      lastStderr,
      mayHaveCompleted,
    },
    error === undefined ? undefined : { cause: error },
  );
}
