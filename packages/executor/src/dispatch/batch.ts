import type { Task } from "../task.ts";
import type { TaskQueue } from "../queue/task-queue.ts";

/**
 * Milliseconds of work that a batch should hold, as far as is known. Larger batches cost less per
 * task; smaller ones spread the work better and delay a neighbour of a slow task less.
 */
const TARGET = 1;

/** Tasks in a batch at the most. */
const LIMIT = 1024;

/** Milliseconds that a task may take for a worker to have the next one at hand already. */
const PREFETCH_LIMIT = 10;

/** Whether a task may be sent to a worker that is busy. One that nobody has timed may be long. */
export function mayPrefetch({ fn, suspicion }: Task): boolean {
  const duration = fn?.duration;
  return duration !== undefined && duration <= PREFETCH_LIMIT && suspicion === 0;
}

/**
 * Takes the tasks that travel together from the head of the queue: about a millisecond of work, a
 * fair share of what waits for each of `workers`, `room` tasks at the most. What has not been timed
 * yet travels alone, and so does a suspect.
 */
export function takeBatch(queue: TaskQueue, workers: number, room: number): Task[] {
  const limit = Math.min(LIMIT, room, Math.max(1, Math.ceil(queue.size / workers)));
  const tasks: Task[] = [];
  let left = TARGET;
  while (tasks.length < limit) {
    const task = queue.peek();
    if (task === undefined) break;
    const cost = task.suspicion > 0 ? undefined : task.fn?.duration;
    const alone = cost === undefined || cost > left;
    if (alone && tasks.length > 0) break;
    queue.shift();
    tasks.push(task);
    if (alone) break;
    left -= cost;
  }
  return tasks;
}
