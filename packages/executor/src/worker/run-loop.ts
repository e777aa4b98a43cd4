import { pickleError, unpickleError, unpickleFunction } from "@concurrent/pickle/worker";
import { baseOf, decodeArguments, unpackArguments } from "../wire/arguments.ts";
import { nextSequence, type WorkerClaims } from "../wire/claims.ts";
import { WorkerJournal } from "../wire/journal.ts";
import { ROWS, type BatchMessage, type Encoding } from "../wire/messages.ts";
import type { AbortMessage, InitializerCall, PoolMessage, StartMessage } from "../wire/messages.ts";
import type { WorkerChannel } from "./channel.ts";
import { watchEscapes } from "./escapes.ts";
import { WorkerFunctions, type TaskFunction } from "./functions.ts";
import { Outcomes } from "./outcomes.ts";
import { isThenable, runRows } from "./run-rows.ts";
import { beforeTasks, RunningTask, workerState } from "./running-task.ts";

/** Milliseconds from which a function counts as long: outcomes do not wait for it. */
const LONG = 1;

/** Weight of the newest run in the average duration of a function. */
const NEWEST = 0.3;

/** Entries per call in a batch. */
const STRIDE = 4;

/** A batch, and how far it has been run. */
interface OpenBatch {
  readonly message: BatchMessage;
  /** Index in `calls` of the next call. */
  position: number;
  /** Sequence of the next call. */
  sequence: number;
}

/** One call, taken out of its batch. */
interface Call {
  readonly index: number;
  readonly encoding: Encoding;
  readonly args: unknown;
  readonly task: RunningTask;
}

/**
 * Runs the calls that the pool sends, one at a time, in order. The same loop runs in threads and in
 * processes.
 *
 *   receive ─► batches ─► claim ─► load ─► run ─► (await) ─► outcomes ─► flush
 */
export class RunLoop {
  readonly #channel: WorkerChannel;
  readonly #claims: WorkerClaims;
  readonly #outcomes: Outcomes;
  readonly #functions = new WorkerFunctions();
  // By function index: milliseconds that a call takes.
  readonly #averages: number[] = [];
  // Invariant: while `#isBusy`, somebody will call `#advance` again; the batches before the first
  // one are done. Only whoever set `#isBusy` clears it.
  readonly #batches: OpenBatch[] = [];
  #isBusy = false;
  #isStopping = false;
  #flushScheduled = false;
  #workerId = 0;

  constructor(channel: WorkerChannel, claims: WorkerClaims) {
    this.#channel = channel;
    this.#claims = claims;
    this.#outcomes = new Outcomes(channel, new WorkerJournal(claims.journal));
    // A call that ends this worker must not take with it what the calls before it have done.
    process.on("exit", () => this.#flushHeld());
    watchEscapes({
      fatal: (error) => this.die(error),
      late: (error, task) => {
        channel.send({ type: "late-error", task: task?.name, error: pickleError(error) });
      },
    });
  }

  /** @throws nothing: what it cannot deal with ends the worker */
  receive(message: PoolMessage): void {
    try {
      this.#receive(message);
    } catch (error) {
      this.die(error);
    }
  }

  #receive(message: PoolMessage): void {
    switch (message.type) {
      case "start":
        void this.#start(message);
        return;
      case "batch":
        this.#accept(message);
        return;
      case "abort":
        this.#abort(message);
        return;
      case "stop":
        this.#isStopping = true;
        if (!this.#isBusy) this.#channel.leave(0);
        return;
    }
  }

  async #start({ workerId, initializer }: StartMessage): Promise<void> {
    this.#workerId = workerId;
    try {
      if (initializer !== undefined) await beforeTasks(() => initialize(initializer));
    } catch (error) {
      this.#channel.send({ type: "initializer-failed", error: pickleError(error) });
      this.#channel.leave(0);
      return;
    }
    this.#channel.send({ type: "ready" });
  }

  #accept(message: BatchMessage): void {
    this.#functions.define(message.functions);
    this.#batches.push({ message, position: 0, sequence: message.first });
    if (this.#isBusy) return;
    this.#isBusy = true;
    this.#resume(() => true);
  }

  #abort({ sequence, reason }: AbortMessage): void {
    const { running } = workerState;
    if (running?.sequence === sequence) running.abort(unpickleError(reason));
  }

  /**
   * Goes on where a call has ended: `step` deals with it, and answers whether it is done. An error
   * that comes from here and not from user code leaves a state that nobody knows: the worker ends.
   */
  #resume(step: () => boolean): void {
    try {
      if (step()) this.#advance();
    } catch (error) {
      this.die(error);
    }
  }

  /** Runs calls until one has to be awaited, or none is left. */
  #advance(): void {
    for (;;) {
      const batch = this.#batches[0];
      if (batch === undefined) {
        this.#isBusy = false;
        if (this.#isStopping) this.#channel.leave(0);
        return;
      }
      if (this.#isBatchDone()) {
        this.#batches.shift();
        if (this.#outcomes.hasNews) this.#outcomes.flush(performance.now());
        continue;
      }
      if (!this.#runNext(batch)) return;
    }
  }

  /** False when the call goes on: it calls `#advance` at its end. */
  #runNext(batch: OpenBatch): boolean {
    const { message, position, sequence } = batch;
    batch.position += STRIDE;
    batch.sequence = nextSequence(sequence);
    if (!this.#claims.start(sequence)) {
      this.#outcomes.skipped(sequence);
      this.#outcomes.passed(batch.sequence);
      return true;
    }
    const index = message.calls[position] as number;
    const id = message.calls[position + 3] as number;
    const task = new RunningTask(id, this.#functions.nameOf(index), this.#workerId, sequence);
    workerState.running = task;
    const call: Call = {
      index,
      encoding: message.calls[position + 1] as Encoding,
      args: message.calls[position + 2],
      task,
    };
    const fn = this.#functions.get(index);
    const isTimed = message.timed.length > 0 && message.timed.includes(sequence);
    const mayBeLong = fn === undefined || isTimed || (this.#averages[index] ?? LONG) >= LONG;
    if (mayBeLong) this.#flushHeld();
    if (isTimed) this.#channel.send({ type: "started", sequence });
    if (fn !== undefined) return this.#run(fn, call);
    void this.#loadAndRun(call);
    return false;
  }

  async #loadAndRun(call: Call): Promise<void> {
    let fn: TaskFunction;
    try {
      fn = await beforeTasks(() => this.#functions.load(call.index));
    } catch (error) {
      this.#resume(() => {
        this.#outcomes.error(call.task.sequence, error);
        this.#finish(call.task);
        return true;
      });
      return;
    }
    this.#resume(() => (call.task.isAborted ? this.#drop(call.task) : this.#run(fn, call)));
  }

  /** The call has been told to stop before it has done anything: nobody waits for its outcome. */
  #drop(task: RunningTask): true {
    this.#outcomes.error(task.sequence, task.signal.reason);
    this.#finish(task);
    return true;
  }

  /** False when the call has returned a promise. */
  #run(fn: TaskFunction, call: Call): boolean {
    const { task } = call;
    const start = performance.now();
    let result: unknown;
    try {
      // What a call leaves behind is told from what others do by its context.
      result = workerState.origin.run(task, () => this.#invoke(fn, call));
      if (isThenable(result)) {
        void this.#await(result, call, start);
        return false;
      }
    } catch (error) {
      this.#outcomes.error(task.sequence, error);
      this.#ended(call, start);
      return true;
    }
    this.#outcomes.value(task.sequence, result);
    this.#ended(call, start);
    return true;
  }

  #invoke(fn: TaskFunction, { encoding, args }: Call): unknown {
    if (baseOf(encoding) !== ROWS) return fn(...decodeArguments(encoding, args));
    const rows = unpackArguments(encoding, args) as unknown[];
    return runRows(fn, rows, { target: this.#channel.target });
  }

  async #await(result: PromiseLike<unknown>, call: Call, start: number): Promise<void> {
    this.#scheduleFlush();
    let end: (sequence: number) => void;
    try {
      const value = await result;
      end =
        baseOf(call.encoding) === ROWS
          ? (sequence) => this.#outcomes.rows(sequence, value as unknown[])
          : (sequence) => this.#outcomes.value(sequence, value);
    } catch (error) {
      end = (sequence) => this.#outcomes.error(sequence, error);
    }
    this.#resume(() => {
      end(call.task.sequence);
      this.#ended(call, start);
      return true;
    });
  }

  #ended({ index, task }: Call, start: number): void {
    this.#finish(task);
    const now = performance.now();
    const duration = now - start;
    const average = this.#averages[index];
    this.#averages[index] =
      average === undefined ? duration : average * (1 - NEWEST) + duration * NEWEST;
    this.#outcomes.ran(index, duration);
    this.#outcomes.flushIfDue(now);
  }

  #finish(task: RunningTask): void {
    task.isDone = true;
    workerState.running = undefined;
    this.#outcomes.passed(nextSequence(task.sequence));
    // The last outcome of a batch is sent right away. The others have to survive this worker.
    const isLast = this.#isBatchDone();
    if (!isLast && this.#outcomes.keep()) return;
    this.#claims.finish(task.sequence);
    if (!isLast) this.#flushHeld();
  }

  #isBatchDone(): boolean {
    const batch = this.#batches[0];
    return batch === undefined || batch.position >= batch.message.calls.length;
  }

  /** While a call is awaited beyond this turn of the event loop, outcomes do not wait for it. */
  #scheduleFlush(): void {
    if (this.#outcomes.isEmpty || this.#flushScheduled) return;
    this.#flushScheduled = true;
    setImmediate(() => {
      this.#flushScheduled = false;
      this.#flushHeld();
    });
  }

  /** Ends this worker because of an error of which nobody knows what it has left. */
  die(error: unknown): void {
    this.#flushHeld();
    this.#channel.send({ type: "dying", error: pickleError(error) });
    // As Node does. A thread's error is for its pool alone.
    if (this.#channel.target === "process") console.error(error);
    this.#channel.leave(1);
  }

  #flushHeld(): void {
    if (!this.#outcomes.isEmpty) this.#outcomes.flush(performance.now());
  }
}

async function initialize({ record, encoding, args }: InitializerCall): Promise<void> {
  const fn = (await unpickleFunction(record)) as TaskFunction;
  await fn(...decodeArguments(encoding, args));
}
