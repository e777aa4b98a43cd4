import type { Task } from "../task.ts";
import { nextSequence, SENT, SEQUENCE_MASK } from "../wire/claims.ts";
import type { BatchMessage, FunctionDefinition } from "../wire/messages.ts";
import type { Worker } from "../workers/worker.ts";
import { Flight } from "./flight.ts";
import type { FunctionProfile } from "./function-table.ts";

/** Batches that a worker may have: the one it runs, and the next so that it need not wait for it. */
const BATCHES = 2;

/** A call ready to be sent. */
export interface PreparedCall {
  readonly task: Task;
  readonly fn: FunctionProfile;
  readonly encoding: number;
  readonly args: unknown;
}

/** How far a worker is in its life. */
export type SeatState = "starting" | "spare" | "ready" | "leaving";

/** A worker's place in the pool: the worker, and what it has been sent. */
export class Seat {
  readonly id: number;
  /** Tasks after which the worker is replaced. */
  readonly maxTasks: number;
  readonly flight: Flight = new Flight();
  state: SeatState = "starting";
  /** It waits to take the place of another. */
  isSpare = false;
  /** Set once, right after the seat, as a worker needs a listener and that needs the seat. */
  declare worker: Worker;
  /** `performance.now()` when it last ran out of tasks. */
  idleSince = 0;
  /** Tasks that it has been sent and not given back. */
  taken = 0;
  /** It has not told of any progress for a while: what it has not started is better off elsewhere. */
  isStuck = false;
  /** Tasks that have been told to stop and whose functions have not ended; their Futures are settled. */
  stopping = 0;
  /** It is to be replaced when it has done what it is doing. */
  isRetired = false;
  /** The error that it says it dies of. */
  diesOf: unknown;
  /** Changes with every sign of progress. */
  progress = 0;
  // Functions that the worker knows, by index.
  readonly #functions = new Map<number, FunctionProfile>();
  // The sequences just behind each batch that the worker has not dealt with, in order.
  readonly #batchEnds: number[] = [];

  constructor(id: number, maxTasks: number) {
    this.id = id;
    this.maxTasks = maxTasks;
  }

  /** It takes no more tasks: it has had as many as it may, or its state is in doubt. */
  get isSpent(): boolean {
    return this.isRetired || this.taken >= this.maxTasks;
  }

  /** Tasks that it may still be sent. */
  get room(): number {
    return this.isRetired ? 0 : Math.min(this.maxTasks - this.taken, this.flight.room);
  }

  /** It has a task that somebody waits for. */
  get isBusy(): boolean {
    return this.flight.size > this.stopping;
  }

  get isIdle(): boolean {
    return this.state === "ready" && this.flight.size === 0 && this.room > 0;
  }

  /** Whether it may be sent a batch besides what it has. */
  get hasRoom(): boolean {
    return (
      this.state === "ready" &&
      !this.isStuck &&
      this.stopping === 0 &&
      this.room > 0 &&
      // What has been sent to a worker without claims cannot be taken back.
      (this.worker.claims === undefined ? this.flight.size === 0 : this.#batchEnds.length < BATCHES)
    );
  }

  /** @throws when an argument cannot be cloned; the worker has got nothing then. */
  send(calls: readonly PreparedCall[]): void {
    const first = this.flight.next;
    const functions: FunctionDefinition[] = [];
    const entries: unknown[] = [];
    const unknown = new Map<number, FunctionProfile>();
    const timed: number[] = [];
    let sequence = first;
    for (const { fn, encoding, args, task } of calls) {
      entries.push(fn.index, encoding, args, task.id);
      if (task.limits?.isTimed === true) timed.push(sequence);
      sequence = nextSequence(sequence);
      if (this.#functions.has(fn.index) || unknown.has(fn.index)) continue;
      unknown.set(fn.index, fn);
      functions.push({ index: fn.index, name: fn.name, record: fn.record });
    }
    const batch: BatchMessage = { type: "batch", first, functions, calls: entries, timed };
    this.worker.claims?.offer(first, calls.length);
    this.worker.send(batch);

    for (const [index, fn] of unknown) this.#functions.set(index, fn);
    for (const { task } of calls) {
      task.state = "sent";
      task.seat = this;
      this.flight.add(task);
    }
    this.#batchEnds.push(this.flight.next);
    this.taken += calls.length;
  }

  function(index: number): FunctionProfile | undefined {
    return this.#functions.get(index);
  }

  /** The worker has dealt with everything before this sequence. */
  passed(next: number): void {
    this.flight.passed(next);
    while (this.#batchEnds.length > 0 && isAtOrBehind(next, this.#batchEnds[0] as number)) {
      this.#batchEnds.shift();
    }
    this.progress++;
    this.isStuck = false;
  }

  /** Takes a task back from the worker. True: the worker will never start it. */
  recall(task: Task): boolean {
    if (this.worker.claims?.recall(task.sequence) !== true) return false;
    this.flight.remove(task);
    this.taken--;
    return true;
  }

  hasStarted(task: Task): boolean {
    const { claims } = this.worker;
    return claims === undefined || claims.stateOf(task.sequence) !== SENT;
  }
}

/** Whether sequence `a` is `b` or comes after it, although sequences start again. */
function isAtOrBehind(a: number, b: number): boolean {
  return ((a - b) & SEQUENCE_MASK) < SEQUENCE_MASK / 2;
}
