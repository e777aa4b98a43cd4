import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import {
  SerializationError,
  TimeoutError,
  WorkerCrashedError,
  type Future,
} from "@concurrent/futures";
import type { PoolExecutor } from "@concurrent/executor";
import * as fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { pools, type PoolCase } from "../support/executors.ts";
import { Gate } from "../support/gate.ts";
import { isAlive, leftOver, resources } from "../support/leaks.ts";
import { upTo } from "../support/outcomes.ts";
import { duplicates, settled } from "../lifecycle/support.ts";
import { job, type Deed } from "./fixtures/model-jobs.js";

/*
 * Does to a real pool whatever users and bad luck can do, in random order, and keeps a plain account
 * of what may come of it. HUNT_RUNS multiplies the number of runs; HUNT_SEED repeats a failed one.
 */

const RUNS = Number(process.env["HUNT_RUNS"] ?? 1);
const seed =
  process.env["HUNT_SEED"] === undefined ? {} : { seed: Number(process.env["HUNT_SEED"]) };

/** Milliseconds after which a run hangs. */
const LIMIT = 60_000;

/** What a done callback does, while the pool is in the middle of something. */
type Afterthought = "submit" | "cancel" | "abort" | "kill" | "shutdown";

/** A call, and what may come of it. */
interface Call {
  readonly id: number;
  readonly deed: Deed;
  readonly future: Future<number>;
  readonly canTravel: boolean;
  readonly isLimited: boolean;
  /** `cancel()` has answered true before it can have started. */
  neverStarts: boolean;
  /** Somebody has asked for its end. */
  mayBeCancelled: boolean;
  ends: number;
}

/** What one submit asks for. */
interface Order {
  readonly deed: Deed;
  readonly timeout: number | undefined;
  readonly queueTimeout: number | undefined;
  readonly hasSignal: boolean;
  readonly canTravel: boolean;
  readonly afterthought: Afterthought | undefined;
}

const PLAIN: Order = {
  deed: "fast",
  timeout: undefined,
  queueTimeout: undefined,
  hasSignal: false,
  canTravel: true,
  afterthought: undefined,
};

/** A pool with an account of what has been asked of it. */
class Account implements Disposable {
  readonly calls: Call[] = [];
  readonly gate = new Gate();
  readonly pool: PoolExecutor;
  readonly kind: PoolCase["kind"];
  readonly ends: Promise<void>[] = [];
  killed = new Set<number>();
  isClosed = false;
  // What went wrong in done callbacks, whose errors are but warnings.
  readonly #problems: string[] = [];
  #door = 0;
  #controller = new AbortController();

  constructor(pool: PoolExecutor, kind: PoolCase["kind"]) {
    this.pool = pool;
    this.kind = kind;
  }

  submit({ deed, timeout, queueTimeout, hasSignal, canTravel, afterthought }: Order): void {
    const { signal } = this.#controller;
    const id = this.calls.length;
    const view = this.pool.withOptions({
      ...(timeout !== undefined && { timeout }),
      ...(queueTimeout !== undefined && { queueTimeout }),
      ...(hasSignal && { signal }),
    });
    const extra = canTravel ? undefined : () => id;
    const future = view.submit(job, this.gate.path, id, deed, `door-${this.#door}`, extra);
    const isLimited = timeout !== undefined || queueTimeout !== undefined;
    const call: Call = {
      id,
      deed,
      future,
      canTravel,
      isLimited,
      neverStarts: false,
      mayBeCancelled: false,
      ends: 0,
    };
    this.calls.push(call);
    if (hasSignal) signal.addEventListener("abort", () => (call.mayBeCancelled = true));
    future.addDoneCallback(() => {
      call.ends++;
      try {
        if (afterthought !== undefined) this.#follow(afterthought);
      } catch (error) {
        this.#problems.push(`${afterthought}: ${inspect(error)}`);
      }
    });
  }

  cancel(call: Call): void {
    const before = call.future.done();
    call.mayBeCancelled = true;
    if (call.future.cancel() && !before) call.neverStarts = true;
  }

  abort(call: Call): void {
    call.mayBeCancelled = true;
    const { future } = call;
    const [wasDone, wasPending] = [future.done(), !future.running()];
    const answer = future.abort(new Error("aborted"));
    if (answer !== (!wasDone || future.cancelled())) throw new Error(`abort answered ${answer}`);
    // What had not started when it was asked may have started in this moment, in a worker.
    if (wasPending && !wasDone && !future.cancelled()) throw new Error("abort has done nothing");
  }

  abortSignal(): void {
    const controller = this.#controller;
    this.#controller = new AbortController();
    // Before those of the pool, which is told in the same turn.
    for (const call of this.calls) call.mayBeCancelled ||= !call.future.done();
    controller.abort(new Error("by signal"));
  }

  openDoors(): void {
    writeFileSync(join(this.gate.path, `door-${this.#door++}`), "");
  }

  /** Kills a process that has run something lately. A thread cannot be killed from outside. */
  kill(at: number): void {
    if (this.kind === "thread") return;
    const pids = [...new Set(this.gate.started.map((note) => Number(note.split(" ")[1])))];
    const victims = pids.filter((pid) => !this.killed.has(pid) && isAlive(pid));
    const victim = victims[at % Math.max(1, victims.length)];
    if (victim === undefined) return;
    this.killed.add(victim);
    process.kill(victim, "SIGKILL");
  }

  shutdown(cancelFutures: boolean, timeout: number | undefined): void {
    this.isClosed = true;
    if (cancelFutures || timeout !== undefined) this.#mayAllBeCancelled();
    this.ends.push(this.pool.shutdown({ cancelFutures, timeout }));
  }

  end(way: "terminateWorkers" | "killWorkers"): void {
    this.isClosed = true;
    this.#mayAllBeCancelled();
    this.ends.push(this.pool[way]());
    if (!this.calls.every(({ future }) => future.done())) throw new Error(`${way}: not all done`);
  }

  /** What must hold at any time. */
  check(): void {
    const { calls } = this;
    const { workers, idle, busy, queued, running, completed, failed, cancelled } =
      this.pool.stats();
    const counts = [workers, idle, busy, queued, running, workers - running];
    const settlements = completed + failed + cancelled;
    if (
      counts.some((count) => count < 0) ||
      settlements + queued + running !== calls.length ||
      settlements !== calls.filter(({ future }) => future.done()).length
    ) {
      throw new Error(`${calls.length} calls: ${inspect(this.pool.stats())}`);
    }
    const wrong = calls.filter(({ ends, future }) => ends !== Number(future.done()));
    if (wrong.length > 0) throw new Error(`settled more than once: ${inspect(wrong)}`);
  }

  /** Ends everything, and says what has gone wrong. */
  async settle(isAlone: boolean): Promise<string[]> {
    const { calls, gate, pool } = this;
    for (let door = 0; door <= this.#door; door++) {
      writeFileSync(join(gate.path, `door-${door}`), "");
    }
    this.isClosed = true;
    this.ends.push(pool.shutdown());
    // Done callbacks may submit more.
    for (let count = -1; count !== calls.length;) {
      count = calls.length;
      await settled(calls.map(({ future }) => future));
    }
    await Promise.all(this.ends);
    this.check();

    const ends = await Promise.all(calls.map((call) => this.#judge(call)));
    const found = [...ends, ...this.#problems];
    const started = gate.started.map((note) => Number(note.split(" ")[0]));
    for (const id of duplicates(started.map(String))) found.push(`${id} ran twice`);
    for (const { id, neverStarts } of calls) {
      if (neverStarts && started.includes(id)) found.push(`${id} ran after it was cancelled`);
    }
    // A call that both sides have given up, a cancel and a claim in one moment, starts later.
    const asked = new Set(calls.filter((call) => call.mayBeCancelled).map(({ id }) => id));
    const order = started.filter((id) => !asked.has(id));
    if (isAlone && order.some((id, i) => id < (order[i - 1] ?? -1))) {
      found.push(`order: ${order.join(" ")}`);
    }
    const pids = new Set(gate.started.map((note) => Number(note.split(" ")[1])));
    for (const pid of pids) if (pid !== process.pid && isAlive(pid)) found.push(`${pid} lives`);
    const { workers, queued, running } = pool.stats();
    if (workers + queued + running > 0) found.push(inspect(pool.stats()));
    return found.filter(Boolean);
  }

  [Symbol.dispose](): void {
    this.gate[Symbol.dispose]();
  }

  /** What is wrong with the end of a call; nothing is "". */
  async #judge(call: Call): Promise<string> {
    const { id, deed, future, canTravel, isLimited, mayBeCancelled } = call;
    const error = await future.exception().catch((reason: unknown) => reason);
    const say = (text: string): string => `${id} (${deed}) ${text}: ${inspect(error)}`;
    if (future.cancelled()) return mayBeCancelled ? "" : say("was cancelled by nobody");
    if (error instanceof TimeoutError) return isLimited ? "" : say("had no limit");
    if (error instanceof WorkerCrashedError) {
      const isGuilty = deed === "exit" || deed === "throw later";
      const wasKilled = this.killed.has(error.pid ?? 0) && error.signal === "SIGKILL";
      return isGuilty || wasKilled ? "" : say("is not to blame");
    }
    if (error instanceof SerializationError) return canTravel ? say("could travel") : "";
    if (error instanceof RangeError) {
      return deed === "fail" && error.message === `fails: ${id}` ? "" : say("has another's error");
    }
    if (error !== undefined) return say("failed");
    return future.resultNow() === id * 2 && canTravel ? "" : say(`gave ${future.resultNow()}`);
  }

  #mayAllBeCancelled(): void {
    for (const call of this.calls) call.mayBeCancelled ||= !call.future.done();
  }

  /** What users do in done callbacks. */
  #follow(afterthought: Afterthought): void {
    switch (afterthought) {
      case "submit":
        // As many as make `submit` wake workers by itself.
        if (!this.isClosed) for (const _ of upTo(66)) this.submit(PLAIN);
        return;
      case "cancel":
        for (const call of this.calls) this.cancel(call);
        return;
      case "abort":
        for (const call of this.calls) if (!call.future.done()) this.abort(call);
        return;
      case "kill":
        this.isClosed = true;
        this.#mayAllBeCancelled();
        this.ends.push(this.pool.killWorkers());
        return;
      case "shutdown":
        this.shutdown(true, undefined);
    }
  }
}

/** Something that is done to a pool. The model is the account itself; what it says is in `check`. */
class Deal implements fc.AsyncCommand<object, Account> {
  readonly #text: string;
  readonly #act: (account: Account) => unknown;

  constructor(text: string, act: (account: Account) => unknown) {
    this.#text = text;
    this.#act = act;
  }

  check(): boolean {
    return true;
  }

  async run(_model: object, account: Account): Promise<void> {
    await this.#act(account);
    account.check();
  }

  toString(): string {
    return this.#text;
  }
}

const few = fc.integer({ min: 1, max: 4 });
const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined, freq: 6 });

const orders: fc.Arbitrary<Order> = fc.record({
  deed: fc.oneof(
    { arbitrary: fc.constant<Deed>("fast"), weight: 5 },
    { arbitrary: fc.constantFrom<Deed>("slow", "block", "listen", "fail"), weight: 6 },
    { arbitrary: fc.constantFrom<Deed>("exit", "throw later"), weight: 1 },
  ),
  timeout: fc.option(few, { nil: undefined, freq: 3 }),
  queueTimeout: fc.option(few, { nil: undefined, freq: 3 }),
  hasSignal: fc.boolean(),
  canTravel: fc.nat(8).map((n) => n > 0),
  afterthought: maybe(
    fc.constantFrom<Afterthought>(
      "submit",
      "submit",
      "cancel",
      "abort",
      "abort",
      "kill",
      "shutdown",
    ),
  ),
});

/** Steps in a random order. The more often one is named, the more often it comes. */
const steps: fc.Arbitrary<fc.AsyncCommand<object, Account>>[] = [
  ...upTo(4).map(() =>
    orders.map(
      (order) =>
        new Deal(`submit(${inspect(order, { breakLength: Infinity })})`, (account) => {
          if (!account.isClosed) account.submit(order);
        }),
    ),
  ),
  ...upTo(2).map(() =>
    fc.integer({ min: 1, max: 80 }).map(
      (count) =>
        new Deal(`submit ${count} fast ones`, (account) => {
          if (!account.isClosed) for (const _ of upTo(count)) account.submit(PLAIN);
        }),
    ),
  ),
  fc.nat(1000).map(
    (at) =>
      new Deal(`cancel(${at})`, (account) => {
        const call = account.calls.at(-1 - (at % Math.max(1, account.calls.length)));
        if (call !== undefined) account.cancel(call);
      }),
  ),
  fc.nat(1000).map(
    (at) =>
      new Deal(`abort(${at})`, (account) => {
        const call = account.calls.at(-1 - (at % Math.max(1, account.calls.length)));
        if (call !== undefined) account.abort(call);
      }),
  ),
  fc.constant(new Deal("abort the signal", (account) => account.abortSignal())),
  fc.constant(new Deal("open the doors", (account) => account.openDoors())),
  fc.constant(new Deal("open the doors again", (account) => account.openDoors())),
  fc.nat(10).map((at) => new Deal(`kill(${at})`, (account) => account.kill(at))),
  ...upTo(3).map(() =>
    fc.nat(10).map(
      (turns) =>
        new Deal(`${turns} turns`, async () => {
          for (const _ of upTo(turns)) await new Promise((resolve) => setTimeout(resolve, 1));
        }),
    ),
  ),
  fc.record({ often: fc.nat(6), cancelFutures: fc.boolean(), timeout: maybe(few) }).map(
    ({ often, cancelFutures, timeout }) =>
      new Deal(`shutdown(${often > 0 ? "not now" : `${cancelFutures}, ${timeout}`})`, (account) => {
        if (often === 0) account.shutdown(cancelFutures, timeout);
      }),
  ),
  fc.record({ often: fc.nat(9), kills: fc.boolean() }).map(
    ({ often, kills }) =>
      new Deal(`end(${often > 0 ? "not now" : kills})`, (account) => {
        if (often === 0) account.end(kills ? "killWorkers" : "terminateWorkers");
      }),
  ),
];

const settings = fc.record({
  maxWorkers: fc.integer({ min: 1, max: 3 }),
  maxTasksPerChild: fc.constantFrom(Infinity, Infinity, 40),
  spareWorkers: fc.constantFrom(0, 0, 1),
  killGrace: fc.constantFrom(0, 1, 5),
  idleTimeout: fc.constantFrom(60_000, 0, 2),
});

// Errors that nobody has caught, in this process.
const escaped: unknown[] = [];
const collect = (error: unknown): void => void escaped.push(error);
process.on("uncaughtExceptionMonitor", collect);
afterAll(() => void process.off("uncaughtExceptionMonitor", collect));

describe.each(pools)("$name", (kind) => {
  test(
    "settles every call once, and rightly, whatever is done to it in whatever order",
    async () => {
      const before = resources();
      const property = fc.asyncProperty(
        settings,
        fc.commands(steps, { maxCommands: 60, size: "max" }),
        async (options, commands) => {
          using account = new Account(kind.create(options), kind.kind);
          await fc.asyncModelRun(() => ({ model: {}, real: account }), commands);
          expect(await account.settle(options.maxWorkers === 1)).toEqual([]);
          expect(escaped).toEqual([]);
        },
      );
      await fc.assert(property, {
        numRuns: RUNS * (kind.kind === "thread" ? 40 : 12),
        timeout: LIMIT,
        endOnFailure: true,
        ...seed,
      });
      // Handles close in a later turn.
      await expect.poll(() => leftOver(before)).toEqual([]);
    },
    RUNS * 120_000,
  );
});
