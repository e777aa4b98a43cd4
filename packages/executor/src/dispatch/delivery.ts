import { findUncloneable } from "@concurrent/pickle";
import { isClean } from "@concurrent/pickle/worker";
import { notCloneable, type Payload } from "../payload.ts";
import type { TaskQueue } from "../queue/task-queue.ts";
import type { Task } from "../task.ts";
import { PLAIN } from "../wire/messages.ts";
import { isPrimitive, pack, PACKED } from "../wire/packed.ts";
import type { FunctionProfile } from "./function-table.ts";
import type { PreparedCall, Seat } from "./seat.ts";

/** A task that cannot be sent. */
export interface Failure {
  readonly task: Task;
  readonly error: unknown;
}

/**
 * Sends tasks to a worker as one batch. Gives those that cannot travel, for the caller to settle when
 * the others are where they belong.
 */
export function deliver(tasks: readonly Task[], seat: Seat, queue: TaskQueue): Failure[] {
  const failures: Failure[] = [];
  let group: PreparedCall[] = [];
  const sendGroup = (): void => {
    failures.push(...send(group, seat, queue));
    group = [];
  };
  for (const task of tasks) task.state = "held";
  for (const task of tasks) {
    const call = prepare(task, seat, failures);
    if (call === undefined) continue;
    const sharing = tasks.length === 1 ? call : separate(call, seat);
    if (sharing === undefined) sendGroup();
    group.push(sharing ?? call);
    if (sharing === undefined) sendGroup();
  }
  sendGroup();
  return failures;
}

function prepare(task: Task, seat: Seat, failures: Failure[]): PreparedCall | undefined {
  try {
    const { encoding, data } = (task.payload as Payload).encode(seat.worker.target);
    return { task, fn: task.fn as FunctionProfile, encoding, args: data };
  } catch (error) {
    failures.push({ task, error });
    return undefined;
  }
}

/**
 * A call that can share a message with others, because no object of its arguments does. Undefined:
 * it needs a message of its own.
 */
function separate(call: PreparedCall, seat: Seat): PreparedCall | undefined {
  const { encoding, args } = call;
  if (encoding === PLAIN && (args as unknown[]).every(isPrimitive)) return call;
  // What only threads can be sent would get lost in bytes.
  const canPack = seat.worker.target === "process" || isClean(args);
  const bytes = canPack ? pack(args) : undefined;
  return bytes === undefined ? undefined : { ...call, encoding: encoding | PACKED, args: bytes };
}

/** If a batch cannot be cloned, only the tasks fail that are the reason; the others wait again. */
function send(calls: readonly PreparedCall[], seat: Seat, queue: TaskQueue): Failure[] {
  // What is encoded may run accessors of user code, which may cancel.
  const wanted = calls.filter(({ task }) => !task.isSettled);
  if (wanted.length === 0) return [];
  try {
    seat.send(wanted);
    return [];
  } catch (cause) {
    return blame(wanted, cause, queue);
  }
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
