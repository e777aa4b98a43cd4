import { WorkerCrashedError } from "@concurrent/futures";
import type { ExitStatus } from "../launch/exit-status.ts";
import type { TaskQueue } from "../queue/task-queue.ts";
import type { Task } from "../task.ts";
import { FINISHED, SENT, STARTED, type ClaimState } from "../wire/claims.ts";
import type { Seat } from "./seat.ts";

/** Workers that may die holding a task that they have not started, before it counts as the reason. */
const DELIVERIES = 3;

/**
 * A worker has gone: settles the task that it was running, and those whose outcome went with it.
 * The ones that it had not started get their places in the queue back.
 */
export function settleLost(
  seat: Seat,
  status: ExitStatus,
  crashed: boolean,
  queue: TaskQueue,
): void {
  const running = runningTask(seat);
  // The first that it had not started is a suspect, unless there is another explanation.
  let suspect = crashed && running === undefined;
  const lost: [Task, ClaimState][] = [];
  for (const task of seat.flight) {
    const progress = progressOf(seat, task, running);
    seat.flight.remove(task);
    task.killTimer?.clear();
    if (task.isSettled) continue;
    task.state = "queued";
    queue.putBack(task);
    if (progress === SENT && suspect) {
      task.suspicion++;
      suspect = false;
    }
    if (progress !== SENT || task.suspicion >= DELIVERIES) lost.push([task, progress]);
  }
  // Last, when every task is where others can find it: callbacks run now, and may cancel or end all.
  for (const [task, progress] of lost) {
    if (task.isSettled) continue;
    queue.forget();
    task.giveUp(crashError(seat, task, status, progress));
  }
}

/** The last of its tasks that a worker has started, unless that is finished. */
export function runningTask({ flight, worker }: Seat): Task | undefined {
  let running: Task | undefined;
  for (const task of flight) {
    if (worker.claims?.stateOf(task.sequence) === STARTED) running = task;
  }
  return running;
}

/**
 * How far a worker that has gone had come with a task. Those that it started before the last one are
 * finished, also if that was to be said by a journal that cannot be read. Without claims a worker may
 * have done anything.
 */
function progressOf({ worker }: Seat, task: Task, running: Task | undefined): ClaimState {
  const state = worker.claims?.stateOf(task.sequence) ?? FINISHED;
  return state === STARTED && task !== running ? FINISHED : state;
}

/** "worker thread 2", "worker process 4711": as errors name a worker. */
export function describeWorker({ worker, id }: Seat): string {
  return worker.target === "thread" ? `worker thread ${id}` : `worker process ${worker.pid}`;
}

/** The death of a worker, as the reason why its pool is broken. */
export function crashOf(seat: Seat, status: ExitStatus): WorkerCrashedError {
  return crash(
    seat,
    status,
    `${describeWorker(seat)} died (${reasonOf(status)})`,
    undefined,
    false,
  );
}

function crashError(
  seat: Seat,
  task: Task,
  status: ExitStatus,
  progress: ClaimState,
): WorkerCrashedError {
  const mayHaveCompleted = progress === FINISHED;
  let when = "while the task was running";
  if (mayHaveCompleted) when = "after the task had finished and before its outcome arrived";
  if (progress === SENT) when = `before it could start the task, as ${DELIVERIES - 1} others had`;
  const what = `(task "${task.name}": ${reasonOf(status)})`;
  const message = `${describeWorker(seat)} died ${when} ${what}`;
  return crash(seat, status, message, task.name, mayHaveCompleted);
}

function crash(
  seat: Seat,
  { exitcode, signal, oom, lastStderr, error }: ExitStatus,
  message: string,
  taskName: string | undefined,
  mayHaveCompleted: boolean,
): WorkerCrashedError {
  const { pid, threadId } = seat.worker;
  const cause = error ?? seat.diesOf;
  const facts = { exitcode, signal, oom, pid, threadId, workerId: seat.id, taskName, lastStderr };
  return new WorkerCrashedError(
    message,
    { ...facts, mayHaveCompleted },
    cause === undefined ? undefined : { cause },
  );
}

function reasonOf({ oom, signal, exitcode }: ExitStatus): string {
  return oom ? "out of memory" : (signal ?? `exit code ${exitcode}`);
}
