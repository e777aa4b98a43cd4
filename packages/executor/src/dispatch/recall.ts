import type { TaskQueue } from "../queue/task-queue.ts";
import type { Roster } from "./roster.ts";
import type { Seat } from "./seat.ts";

/** Milliseconds of work that a worker must have ahead of it for an idle one to take half of it. */
const WORTH_STEALING = 1;

/**
 * Takes back the newest of a worker's tasks that it has not started, `count` at the most, and puts
 * them in their old places in the queue.
 */
export function recallNewest(seat: Seat, queue: TaskQueue, count: number): number {
  let recalled = 0;
  for (const task of [...seat.flight].toReversed()) {
    if (recalled === count || task.isSettled || !seat.recall(task)) break;
    task.state = "queued";
    queue.putBack(task);
    recalled++;
  }
  return recalled;
}

/** The queue is empty and a worker is idle: half of what the most loaded worker has not started. */
export function stealWork(roster: Roster, queue: TaskQueue): number {
  let victim: Seat | undefined;
  let most = WORTH_STEALING;
  for (const seat of roster) {
    const load = seat.flight.size < 2 ? 0 : predictedLoad(seat);
    if (load <= most) continue;
    victim = seat;
    most = load;
  }
  return victim === undefined ? 0 : recallNewest(victim, queue, victim.flight.size >> 1);
}

function predictedLoad(seat: Seat): number {
  let load = 0;
  for (const { fn } of seat.flight) load += fn?.duration ?? 0;
  return load;
}
