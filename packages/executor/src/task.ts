import { Future } from "@concurrent/futures";
import type { FutureOwner, UnretrievedErrors } from "@concurrent/futures";
import type { FunctionProfile } from "./dispatch/function-table.ts";
import type { Seat } from "./dispatch/seat.ts";
import type { Payload } from "./payload.ts";
import type { SubmitSite } from "./submit-site.ts";

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
  readonly #pool: TaskPool;
  // The name that was given to it, if one was.
  readonly #name: string | undefined;

  constructor(pool: TaskPool, id: number, name: string | undefined) {
    this.#pool = pool;
    this.id = id;
    this.#name = name;
    this.future = new Future(this);
  }

  get unretrieved(): UnretrievedErrors {
    return this.#pool.unretrieved;
  }

  get isSettled(): boolean {
    return this.state === "settled";
  }

  get name(): string {
    return this.#name ?? this.fn?.name ?? "";
  }

  succeed(value: unknown): void {
    this.#end("completed");
    this.future.setResult(value);
  }

  fail(error: unknown): void {
    this.#end("failed");
    this.future.setException(error);
  }

  /** It will not run any more, or its outcome does not count: the pool has been stopped. */
  stop(reason: unknown): void {
    this.#end("cancelled");
    this.future.setCancelled(reason);
  }

  // What the Future asks.

  cancel(): boolean {
    if (!this.#pool.withdraw(this)) return false;
    this.#end("cancelled");
    return true;
  }

  abort(): boolean {
    return false;
  }

  hasStarted(): boolean {
    return this.state === "sent" && this.#pool.hasStarted(this);
  }

  #end(end: TaskEnd): void {
    if (this.state === "settled") throw new Error(`task ${this.id} has been settled before`);
    this.state = "settled";
    this.payload = undefined;
    this.#pool.settled(this, end);
  }
}
