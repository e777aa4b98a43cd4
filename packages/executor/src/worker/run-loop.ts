import { pickleError, unpickleFunction } from "@concurrent/pickle";
import { decodeArguments } from "../wire/arguments.ts";
import { nextSequence, type WorkerClaims } from "../wire/claims.ts";
import {
  ROWS,
  type BatchMessage,
  type Encoding,
  type InitializerCall,
  type PoolMessage,
} from "../wire/messages.ts";
import type { WorkerChannel } from "./channel.ts";
import { WorkerFunctions, type TaskFunction } from "./functions.ts";
import { Outcomes } from "./outcomes.ts";
import { isThenable, runRows } from "./run-rows.ts";

/** Milliseconds from which a function counts as long: outcomes do not wait for it. */
const LONG = 1;

/** Weight of the newest run in the average duration of a function. */
const NEWEST = 0.3;

/** A batch, and how far it has been run. */
interface OpenBatch {
  readonly calls: readonly unknown[];
  /** Index in `calls` of the next call. */
  position: number;
  /** Sequence of the next call. */
  sequence: number;
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
  readonly #averages: number[] = [];
  // Invariant: while `#running`, somebody will call `#advance` again; the batches before the first
  // one are done. Only whoever set `#running` clears it.
  readonly #batches: OpenBatch[] = [];
  #running = false;
  #stopping = false;
  #flushScheduled = false;

  constructor(channel: WorkerChannel, claims: WorkerClaims) {
    this.#channel = channel;
    this.#claims = claims;
    this.#outcomes = new Outcomes(channel);
    // A call that ends this worker must not take with it what the calls before it have done.
    process.on("exit", () => this.#flushHeld());
  }

  receive(message: PoolMessage): void {
    switch (message.type) {
      case "start":
        void this.#start(message.initializer);
        return;
      case "batch":
        this.#accept(message);
        return;
      case "stop":
        this.#stopping = true;
        if (!this.#running) this.#channel.leave();
        return;
    }
  }

  async #start(initializer: InitializerCall | undefined): Promise<void> {
    try {
      if (initializer !== undefined) await initialize(initializer);
    } catch (error) {
      this.#channel.send({ type: "initializer-failed", error: pickleError(error) });
      this.#channel.leave();
      return;
    }
    this.#channel.send({ type: "ready" });
  }

  #accept(batch: BatchMessage): void {
    this.#functions.define(batch.functions);
    this.#batches.push({ calls: batch.calls, position: 0, sequence: batch.first });
    if (this.#running) return;
    this.#running = true;
    this.#advance();
  }

  /** Runs calls until one has to be awaited, or none is left. */
  #advance(): void {
    for (;;) {
      const batch = this.#batches[0];
      if (batch === undefined) return this.#rest();
      if (batch.position >= batch.calls.length) {
        this.#batches.shift();
        this.#outcomes.flush(performance.now());
        continue;
      }
      if (!this.#runNext(batch)) return;
    }
  }

  #rest(): void {
    this.#running = false;
    if (this.#stopping) this.#channel.leave();
  }

  /** False when the call goes on: it calls `#advance` at its end. */
  #runNext(batch: OpenBatch): boolean {
    const { calls, position, sequence } = batch;
    batch.position += 3;
    batch.sequence = nextSequence(sequence);
    if (!this.#claims.start(sequence)) {
      this.#outcomes.skipped(sequence);
      this.#outcomes.passed(batch.sequence);
      return true;
    }
    const index = calls[position] as number;
    const encoding = calls[position + 1] as Encoding;
    const args = calls[position + 2];
    const fn = this.#functions.get(index);
    if (fn === undefined || (this.#averages[index] ?? LONG) >= LONG) this.#flushHeld();
    if (fn === undefined) {
      void this.#loadAndRun(index, sequence, encoding, args);
      return false;
    }
    return this.#call(fn, index, sequence, encoding, args);
  }

  async #loadAndRun(
    index: number,
    sequence: number,
    encoding: Encoding,
    args: unknown,
  ): Promise<void> {
    let fn: TaskFunction;
    try {
      fn = await this.#functions.load(index);
    } catch (error) {
      this.#fail(sequence, error);
      this.#advance();
      return;
    }
    if (this.#call(fn, index, sequence, encoding, args)) this.#advance();
  }

  /** False when the call has returned a promise. */
  #call(
    fn: TaskFunction,
    index: number,
    sequence: number,
    encoding: Encoding,
    args: unknown,
  ): boolean {
    const start = performance.now();
    let result: unknown;
    try {
      if (encoding === ROWS) {
        const outcomes = runRows(fn, args as unknown[], { target: this.#channel.target });
        void this.#await(outcomes, index, sequence, start, true);
        return false;
      }
      result = fn(...decodeArguments(encoding, args));
      if (isThenable(result)) {
        void this.#await(result, index, sequence, start, false);
        return false;
      }
    } catch (error) {
      this.#fail(sequence, error);
      this.#ended(index, start);
      return true;
    }
    this.#outcomes.value(sequence, result);
    this.#finish(sequence);
    this.#ended(index, start);
    return true;
  }

  async #await(
    promise: PromiseLike<unknown>,
    index: number,
    sequence: number,
    start: number,
    isChunk: boolean,
  ): Promise<void> {
    this.#scheduleFlush();
    try {
      const value = await promise;
      if (isChunk) this.#outcomes.rows(sequence, value as unknown[]);
      else this.#outcomes.value(sequence, value);
    } catch (error) {
      this.#outcomes.error(sequence, error);
    }
    this.#finish(sequence);
    this.#ended(index, start);
    this.#advance();
  }

  #fail(sequence: number, error: unknown): void {
    this.#outcomes.error(sequence, error);
    this.#finish(sequence);
  }

  #finish(sequence: number): void {
    this.#claims.finish(sequence);
    this.#outcomes.passed(nextSequence(sequence));
  }

  #ended(index: number, start: number): void {
    const now = performance.now();
    const duration = now - start;
    const average = this.#averages[index];
    this.#averages[index] =
      average === undefined ? duration : average * (1 - NEWEST) + duration * NEWEST;
    this.#outcomes.ran(index, duration);
    this.#outcomes.flushIfDue(now);
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

  #flushHeld(): void {
    if (!this.#outcomes.isEmpty) this.#outcomes.flush(performance.now());
  }
}

async function initialize({ record, encoding, args }: InitializerCall): Promise<void> {
  const fn = (await unpickleFunction(record)) as TaskFunction;
  await fn(...decodeArguments(encoding, args));
}
