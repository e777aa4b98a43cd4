import type { UnretrievedErrors } from "@concurrent/futures";
import { pickleError } from "@concurrent/pickle";
import type { PickledError } from "@concurrent/pickle";
import { Counters } from "../observe/counters.ts";
import { TaskQueue } from "../queue/task-queue.ts";
import type { Task, TaskEnd, TaskPool } from "../task.ts";
import { readJournal } from "../wire/journal.ts";
import { SKIPPED, type OutcomesMessage } from "../wire/messages.ts";
import { readError, readOutcome } from "../wire/outcome.ts";
import { mayPrefetch, takeBatch } from "./batch.ts";
import { Crew, type CrewOptions } from "./crew.ts";
import { deliver } from "./delivery.ts";
import { crashOf, runningTask, settleLost } from "./lost.ts";
import type { FunctionProfile } from "./function-table.ts";
import { KeepAlive } from "./keep-alive.ts";
import { recallNewest, stealWork } from "./recall.ts";
import type { Seat } from "./seat.ts";
import { StuckWatch } from "./stuck-watch.ts";
import { TaskOrigin } from "./task-origin.ts";

/** Tasks after which `submit` wakes an idle worker itself instead of at the end of the turn. */
const EAGER = 64;

/**
 * Brings tasks to workers and their outcomes back: the one owner of who holds which task.
 *
 *   accept ─► queue ─► batch ─► seat.flight ─► outcome ─► settled
 *               ▲                   │
 *               └── recalled, skipped, or its worker died before it started
 */
export class Dispatcher implements TaskPool {
  readonly unretrieved: UnretrievedErrors;
  readonly counters: Counters = new Counters();
  readonly crew: Crew;
  readonly queue: TaskQueue = new TaskQueue();
  readonly #keepAlive = new KeepAlive();
  readonly #watch: StuckWatch;
  // Tasks whose function is being looked up. They keep their place: see TaskQueue.putBack.
  readonly #locating = new Set<Task>();
  readonly #onBroken: (cause: unknown) => void;
  #pumpScheduled = false;
  // Set once nothing runs any more: what becomes of tasks that still turn up.
  #fate: ((task: Task) => void) | undefined;
  // Called when the last task is settled, once somebody waits for that.
  #onDrained: (() => void) | undefined;

  constructor(
    options: CrewOptions,
    unretrieved: UnretrievedErrors,
    onBroken: (cause: unknown) => void,
  ) {
    this.unretrieved = unretrieved;
    this.#onBroken = onBroken;
    this.crew = new Crew(options, {
      ready: () => this.#pump(),
      outcomes: (seat, message) => this.#received(seat, message),
      retiring: (seat) => {
        if (recallNewest(seat, this.queue, seat.flight.size) > 0) this.#schedulePump();
      },
      started: (seat, sequence) => seat.flight.get(sequence)?.limits?.started(),
      gone: (seat, status, crashed) => {
        this.#recover(seat, false);
        if (crashed && options.onWorkerCrash === "break") onBroken(crashOf(seat, status));
        settleLost(seat, status, crashed, this.queue);
        this.#applyFate();
        this.#pump();
        // Even with nothing to do there is a least number of workers.
        this.crew.grow(this.queue.size);
      },
      initializerFailed: (error) => this.#initializerFailed(error),
      cannotStart: onBroken,
    });
    this.#watch = new StuckWatch(this.crew.roster, (seat, time) => this.#relieve(seat, time));
  }

  /** Counts a task: from now on somebody owes it an end. */
  accept(): void {
    if (this.counters.pending === 0) this.#keepAlive.hold();
    this.counters.accepted();
  }

  /** Puts a task in the queue. `fn` is a promise while its function has to be looked up. */
  enqueue(task: Task, fn: FunctionProfile | Promise<FunctionProfile>): void {
    if (fn instanceof Promise) {
      void this.#locate(task, fn);
      return;
    }
    // Encoding a snapshot may run accessors of user code, which may have ended it.
    if (task.isSettled) return;
    task.fn = fn;
    task.state = "queued";
    this.queue.push(task);
    if (this.#fate !== undefined) this.#applyFate();
    else if (!this.#pumpScheduled) this.#schedulePump();
    else if (this.queue.size % EAGER === 0 && this.crew.roster.next(false) !== undefined) {
      this.#pump();
    }
  }

  /** Tasks that a worker is running, or is about to. */
  get running(): number {
    return this.crew.roster.count(({ isBusy }) => isBusy);
  }

  /** Resolves when every task that has been accepted is settled. */
  drained(): Promise<void> {
    return new Promise((resolve) => {
      if (this.counters.pending === 0) resolve();
      else this.#onDrained = resolve;
    });
  }

  /** Sends the workers home. Resolves when they have gone, and nothing of this pool is left. */
  async close(): Promise<void> {
    this.#watch.close();
    this.#keepAlive.hold();
    await this.crew.dismiss();
    this.#keepAlive.release();
  }

  /** Cancels what has not started. */
  cancelPending(): void {
    for (const task of this.#locating) task.future.cancel();
    for (const task of this.#takeQueued()) if (!task.isSettled) task.future.cancel();
    for (const seat of this.crew.roster) {
      for (const task of seat.flight) if (!task.isSettled) task.future.cancel();
    }
  }

  /** Settles every task that is left, and whatever turns up later, by `settle`. */
  settleAll(settle: (task: Task) => void): void {
    this.#fate ??= settle;
    const tasks = [...this.#locating, ...this.#takeQueued()];
    this.#locating.clear();
    for (const seat of this.crew.roster) {
      for (const task of seat.flight) {
        seat.flight.remove(task);
        task.killTimer?.clear();
        if (task.isSettled) continue;
        task.state = "held";
        task.seat = undefined;
        tasks.push(task);
      }
    }
    // Settling one runs callbacks, which may settle others.
    for (const task of tasks) if (!task.isSettled) settle(task);
  }

  #takeQueued(): Task[] {
    const tasks = this.queue.clear();
    for (const task of tasks) task.state = "held";
    return tasks;
  }

  // What tasks ask.

  withdraw(task: Task): boolean {
    switch (task.state) {
      case "queued":
        this.queue.forget();
        return true;
      case "held":
        this.#locating.delete(task);
        return true;
      case "sent":
        return task.seat?.recall(task) ?? false;
      case "settled":
        return false;
    }
  }

  hasStarted(task: Task): boolean {
    return task.seat?.hasStarted(task) ?? false;
  }

  stopRunning(task: Task, reason: unknown): void {
    const { seat, sequence } = task;
    if (seat === undefined) return;
    seat.worker.send({ type: "abort", sequence, reason: pickleError(reason) });
    seat.stopping++;
    task.killTimer = this.crew.killLater(seat);
    // The others need not wait to see whether it stops by itself.
    seat.isStuck = true;
    if (recallNewest(seat, this.queue, seat.flight.size - 1) > 0) this.#schedulePump();
  }

  settled(task: Task, end: TaskEnd): void {
    task.seat = undefined;
    this.counters.settled(end);
    if (this.counters.pending > 0) return;
    this.#keepAlive.release();
    this.#onDrained?.();
  }

  async #locate(task: Task, lookup: Promise<FunctionProfile>): Promise<void> {
    if (task.isSettled) return;
    this.#locating.add(task);
    this.#applyFate();
    try {
      task.fn = await lookup;
    } catch (error) {
      if (this.#locating.delete(task)) task.giveUp(error);
      return;
    }
    if (!this.#locating.delete(task)) return;
    task.state = "queued";
    this.queue.putBack(task);
    this.#schedulePump();
  }

  #schedulePump(): void {
    if (this.#pumpScheduled) return;
    this.#pumpScheduled = true;
    queueMicrotask(() => this.#pump());
  }

  /** Sends what can be sent, and sees to it that somebody will take the rest. */
  #pump(): void {
    this.#pumpScheduled = false;
    const { queue, crew } = this;
    for (;;) {
      const task = queue.peek();
      if (task === undefined) break;
      const seat = crew.roster.next(mayPrefetch(task));
      if (seat === undefined) break;
      this.#deliver(seat);
    }
    if (queue.size > 0) crew.grow(queue.size);
    else if (crew.roster.next(false) !== undefined) this.#rebalance();
  }

  #rebalance(): void {
    if (stealWork(this.crew.roster, this.queue) > 0) this.#schedulePump();
  }

  #deliver(seat: Seat): void {
    const tasks = takeBatch(this.queue, this.crew.roster.size, seat.room);
    const failures = deliver(tasks, seat, this.queue);
    if (seat.flight.size > 1) this.#watch.start();
    // Last, when every task is where others can find it: callbacks run now, and may cancel or end all.
    for (const { task, error } of failures) if (!task.isSettled) task.giveUp(error);
    this.#applyFate();
  }

  #received(seat: Seat, { outcomes, times, next }: OutcomesMessage): void {
    for (let i = 0; i < times.length; i += 3) {
      const [index, calls, duration] = [times[i], times[i + 1], times[i + 2]] as [
        number,
        number,
        number,
      ];
      seat.function(index)?.measured(calls, duration);
    }
    // Only a worker that has lost its mind is ahead of what it was sent.
    if (!seat.flight.covers(next)) return seat.worker.kill();
    seat.passed(next);
    for (let i = 0; i < outcomes.length; i += 3) {
      const task = seat.flight.get(outcomes[i + 2] as number);
      // Absent: it was recalled in time.
      if (task === undefined) continue;
      this.#settle(seat, task, outcomes[i] as number, outcomes[i + 1]);
    }
    this.crew.rest(seat);
    this.#pump();
  }

  #settle(seat: Seat, task: Task, kind: number, value: unknown): void {
    seat.flight.remove(task);
    // Stopped: its Future has been settled without waiting for this.
    if (task.isSettled) {
      seat.stopping--;
      task.killTimer?.clear();
      return;
    }
    if (kind === SKIPPED) {
      seat.taken--;
      task.state = "queued";
      this.queue.putBack(task);
      return;
    }
    const outcome = readOutcome(kind, value, new TaskOrigin(seat, task));
    if (outcome.ok) task.succeed(outcome.value);
    else task.fail(outcome.error);
  }

  #applyFate(): void {
    if (this.#fate !== undefined) this.settleAll(this.#fate);
  }

  /**
   * Settles what a worker has done and not sent. A worker that is alive writes to its journal at the
   * end of each call: what is read counts only if it was in the middle of one all the while, and the
   * record of that one does not.
   */
  #recover(seat: Seat, isAlive: boolean): void {
    const { claims } = seat.worker;
    if (claims === undefined || seat.flight.size === 0) return;
    const running = isAlive ? runningTask(seat) : undefined;
    if (isAlive && running === undefined) return;
    const kept = readJournal(claims.journal);
    if (isAlive && runningTask(seat) !== running) return;
    for (const { sequence, kind, value } of kept) {
      const task = seat.flight.get(sequence);
      if (task !== undefined && task !== running) this.#settle(seat, task, kind, value);
    }
  }

  /**
   * A worker does not get on: others take what it has not started, and what it has finished is read
   * from its journal: its task may be waiting for just that.
   */
  #relieve(seat: Seat, milliseconds: number): void {
    seat.isStuck = true;
    this.#recover(seat, true);
    const [current] = seat.flight;
    current?.fn?.takesAtLeast(milliseconds);
    if (recallNewest(seat, this.queue, seat.flight.size - 1) > 0) this.#pump();
  }

  #initializerFailed(error: PickledError): void {
    this.#onBroken(readError(error, { worker: "worker", task: "initializer" }));
  }
}
