import { Future, TimeoutError } from "@concurrent/futures";
import type { FutureOwner, SubmitOptions, UnretrievedErrors } from "@concurrent/futures";
import type { FunctionProfile } from "./dispatch/function-table.ts";
import type { Seat } from "./dispatch/seat.ts";
import { pointTo } from "./own-frames.ts";
import type { LongTimer } from "./long-timer.ts";
import type { Payload } from "./payload.ts";
import type { SubmitSite } from "./submit-site.ts";
import { TaskLimits } from "./task-limits.ts";

/**
 * Where a task is: held by the dispatcher, while its function is being looked up or it is on its way
 * from one place to another; in the queue; sent to a worker; settled.
 */
export type TaskState = "held" | "queued" | "sent" | "settled";

/** How a task ended. */
export type TaskEnd = "completed" | "failed" | "cancelled";

/** What a task asks of its pool. */
export interface TaskPool {
  readonly unretrieved: UnretrievedErrors;
  /** Takes a task that is not settled out of the queue, or back from its worker. False: too late. */
  withdraw(task: Task): boolean;
  /** Whether a worker has started a task that has been sent. */
  hasStarted(task: Task): boolean;
  /** Asks the worker to stop a task that has started, and sees to it that it does. */
  stopRunning(task: Task, reason: unknown): void;
  /** Told once of each task. */
  settled(task: Task, end: TaskEnd): void;
}

/**
 * One submitted call and the owner of its Future: every way in which the call can end leads to
 * exactly one of `succeed`, `fail` and the Future's own `cancel`.
 */
export class Task implements FutureOwner {
  readonly future: Future<unknown>;
  /** Order of submission within the pool. */
  readonly id: number;
  // Invariant: "sent" exactly while a seat's flight holds this task, at `sequence`.
  state: TaskState = "held";
  fn: FunctionProfile | undefined;
  // What to call the function with, until the task is settled: it may have to be sent again.
  payload: Payload | undefined;
  sequence = 0;
  seat: Seat | undefined;
  /**
   * Times that something went wrong when it was sent: its worker died before it started it, or its
   * batch could not be cloned. From the first on it travels alone.
   */
  suspicion = 0;
  site: SubmitSite | undefined;
  /** Set when it was told to stop: kills its worker unless its function ends before. */
  killTimer: LongTimer | undefined;
  readonly #pool: TaskPool;
  readonly limits: TaskLimits | undefined;
  // The name that was given to it, if one was.
  readonly #name: string | undefined;

  constructor(pool: TaskPool, id: number, { name, timeout, queueTimeout, signal }: SubmitOptions) {
    this.#pool = pool;
    this.id = id;
    this.#name = name;
    this.future = new Future(this);
    this.limits =
      timeout === undefined && queueTimeout === undefined && signal === undefined
        ? undefined
        : new TaskLimits(this, { timeout, queueTimeout, signal });
  }

  get unretrieved(): UnretrievedErrors {
    return this.#pool.unretrieved;
  }

  get isSettled(): boolean {
    return this.state === "settled";
  }

  get name(): string {
    return this.#name ?? this.fn?.name ?? "(anonymous)";
  }

  succeed(value: unknown): void {
    this.#end("completed");
    // Somebody else may have settled it, as anybody can who holds it.
    if (!this.future.done()) this.future.setResult(value);
  }

  /** Its function threw. */
  fail(error: unknown): void {
    this.#end("failed");
    if (!this.future.done()) this.future.setException(error);
  }

  /** The pool could not do what it was asked to. Its error points to where it was asked. */
  giveUp(error: unknown): void {
    if (this.site !== undefined) pointTo(error, this.site.frames);
    this.fail(error);
  }

  /** It has run for as long as it may. */
  timeOut(milliseconds: number): void {
    const error = new TimeoutError(
      `task "${this.name}" did not finish within ${milliseconds} ms of its start`,
    );
    this.#pool.stopRunning(this, error);
    this.giveUp(error);
  }

  /** It has waited for as long as it may. Nothing happens if it has started in the meantime. */
  queueTimeOut(milliseconds: number): void {
    if (!this.#pool.withdraw(this)) return;
    this.giveUp(
      new TimeoutError(`task "${this.name}" did not start within ${milliseconds} ms of its submit`),
    );
  }

  /** It will not run any more, or its outcome does not count. */
  stop(reason: unknown): void {
    this.#end("cancelled");
    if (!this.future.done()) this.future.setCancelled(reason);
  }

  // What the Future asks.

  cancel(): boolean {
    if (!this.#pool.withdraw(this)) return false;
    this.#end("cancelled");
    return true;
  }

  abort(reason: unknown): boolean {
    if (this.state !== "sent") return false;
    this.#pool.stopRunning(this, reason);
    this.stop(reason);
    return true;
  }

  hasStarted(): boolean {
    return this.state === "sent" && this.#pool.hasStarted(this);
  }

  #end(end: TaskEnd): void {
    if (this.state === "settled") throw new Error(`task ${this.id} has been settled before`);
    this.state = "settled";
    this.payload = undefined;
    this.site = undefined;
    this.limits?.clear();
    this.#pool.settled(this, end);
  }
}
