import { getEventListeners } from "node:events";
import {
  BrokenExecutorError,
  CancelledError,
  TimeoutError,
  WorkerCrashedError,
  type Future,
} from "@concurrent/futures";
import { ProcessPoolExecutor } from "@concurrent/executor";
import { afterAll, describe, expect, test, vi } from "vitest";
import { exit } from "../fixtures/jobs.js";
import { pools } from "../support/executors.ts";
import { Gate, until } from "../support/gate.ts";
import { failureOf, outcomesOf, upTo } from "../support/outcomes.ts";
import { duplicates, settled } from "../lifecycle/support.ts";
import { act, leaveTrouble, outlast, worker } from "./fixtures/stop-jobs.js";
import { noteWhenLoaded } from "./fixtures/slow-module.js";

const FOR_EVER = 3_600_000;

// What Node has warned of in this process. Its listeners are told in a later turn.
const warnings: (Error & { readonly code?: string })[] = [];
const collect = (warning: Error): void => void warnings.push(warning);
process.on("warning", collect);
afterAll(() => void process.off("warning", collect));

/** Does nothing, not even for messages, until the condition holds, and for so long after that. */
function busyUntil(condition: () => boolean, milliseconds = 0): void {
  const cell = new Int32Array(new SharedArrayBuffer(4));
  while (!condition()) Atomics.wait(cell, 0, 0, 1);
  Atomics.wait(cell, 0, 0, milliseconds);
}

/** The labels at the gate, those of warm-ups aside. */
function labels(gate: Gate): string[] {
  return gate.started.filter((label) => !label.startsWith("warm"));
}

describe.each(pools)("$name: a running call that is stopped", ({ create }) => {
  test("in the middle of a batch harms none of its neighbours, finished or not", async () => {
    using gate = new Gate();
    await using pool = create({ maxWorkers: 1, killGrace: 1 });
    for (const i of upTo(60)) await pool.run(act, gate.path, `warm ${i}`);
    const futures = upTo(200).map((i) =>
      pool.submit(act, gate.path, `${i}`, i === 100 ? "block" : "quick"),
    );
    await until(() => labels(gate).includes("100"));
    expect(futures[100]?.abort(new Error("enough"))).toBe(true);
    const outcomes = await outcomesOf(futures);
    expect(outcomes[100]).toBeInstanceOf(CancelledError);
    outcomes[100] = "100";
    expect(outcomes).toEqual(upTo(200).map(String));
    expect(duplicates(labels(gate))).toEqual([]);
    expect(pool.stats()).toMatchObject({ crashes: 0, cancelled: 1, completed: 259, failed: 0 });
  });

  test("is asked with the reason, whatever that is, and its worker lives on", async () => {
    using gate = new Gate();
    await using pool = create({ maxWorkers: 1, killGrace: FOR_EVER });
    const before = await pool.run(worker);
    const reasons = [
      new RangeError("too far"),
      "a text",
      Symbol("a symbol"),
      () => 1,
      null,
      new Proxy({}, { get: () => expect.fail("looked into the reason") }),
    ];
    for (const [i, reason] of reasons.entries()) {
      const future = pool.submit(act, gate.path, `${i}`, "listen");
      await until(() => future.running() && gate.started.includes(`${i}`));
      expect(future.abort(reason)).toBe(true);
      expect((await failureOf(future)).cause).toBe(reason);
    }
    expect(await pool.run(worker)).toBe(before);
    const asked = gate.started.filter((note) => note.includes("asked"));
    expect(asked).toHaveLength(reasons.length);
    expect(asked.slice(0, 2)).toEqual(["0 asked: RangeError: too far", "1 asked: a text"]);
    expect(pool.stats()).toMatchObject({ workers: 1, crashes: 0, restarts: 0 });
  });

  test("together with those of all other workers, they are all replaced", async () => {
    using gate = new Gate();
    await using pool = create({ maxWorkers: 3, killGrace: 1 });
    const running = upTo(3).map((i) => pool.submit(act, gate.path, `${i}`, "block"));
    const waiting = upTo(30).map((i) => pool.submit(act, gate.path, `waits ${i}`));
    await gate.arrived(3);
    expect(running.map((future) => future.abort())).toEqual([true, true, true]);
    expect(running.map((future) => future.abort())).toEqual([true, true, true]);
    expect(await outcomesOf(waiting)).toEqual(upTo(30).map((i) => `waits ${i}`));
    expect(duplicates(gate.started)).toEqual([]);
    expect(pool.stats()).toMatchObject({ crashes: 0, cancelled: 3, completed: 30 });
  });

  test("while its module is loaded never runs, and its worker lives on", async () => {
    using gate = new Gate();
    await using pool = create({
      maxWorkers: 1,
      killGrace: FOR_EVER,
      env: { ...process.env, SLOW_MODULE_GATE: gate.path },
    });
    const future = pool.submit(noteWhenLoaded, gate.path, "aborted");
    await gate.arrived(1);
    expect(future.running()).toBe(true);
    expect(future.abort()).toBe(true);
    const next = pool.submit(noteWhenLoaded, gate.path, "next");
    gate.open();
    expect(await next.result()).toBe("next");
    expect(gate.started).toEqual(["loading", "next"]);
    expect(pool.stats()).toMatchObject({ crashes: 0, workers: 1, cancelled: 1 });
  });

  test("when its outcome is on its way already costs nothing but the outcome", async () => {
    using gate = new Gate();
    await using pool = create({ maxWorkers: 1, killGrace: 0 });
    for (const i of upTo(60)) await pool.run(act, gate.path, `warm ${i}`);
    const before = await pool.run(worker);
    const first = pool.submit(act, gate.path, "first");
    const rest = upTo(20).map((i) => pool.submit(act, gate.path, `${i}`));
    // In this turn, so that the batch leaves and nothing is read.
    await Promise.resolve();
    await Promise.resolve();
    busyUntil(() => labels(gate).length === 21, 5);
    expect(first.abort()).toBe(true);
    expect(first.cancelled()).toBe(true);
    expect(await outcomesOf(rest)).toEqual(upTo(20).map(String));
    expect(await pool.run(worker)).toBe(before);
    expect(pool.stats()).toMatchObject({ crashes: 0, restarts: 0, cancelled: 1 });
  });

  test("may be aborted before the word of its start has arrived", async () => {
    using gate = new Gate();
    await using pool = create({ maxWorkers: 1, killGrace: FOR_EVER });
    await pool.run(worker);
    const future = pool.withOptions({ timeout: 10 }).submit(act, gate.path, "one", "listen");
    await Promise.resolve();
    await Promise.resolve();
    busyUntil(() => gate.started.includes("one"));
    expect(future.abort("now")).toBe(true);
    // Past its timeout: that has nothing to end any more.
    const later = pool.withOptions({ timeout: 20 }).submit(act, gate.path, "two", "listen");
    expect(await failureOf(later)).toBeInstanceOf(TimeoutError);
    expect(future.cancelled()).toBe(true);
    expect(pool.stats()).toMatchObject({ cancelled: 1, failed: 1, crashes: 0 });
  });

  test("keeps its worker when it ended within the grace, however busy the program was", async () => {
    using gate = new Gate();
    await using pool = create({ maxWorkers: 1, killGrace: 20 });
    const before = await pool.run(worker);
    const future = pool.submit(act, gate.path, "one", "listen");
    await until(() => future.running() && gate.started.includes("one"));
    expect(future.abort("stop")).toBe(true);
    busyUntil(() => gate.started.includes("one asked: stop"), 60);
    expect(await pool.run(worker)).toBe(before);
    expect(pool.stats()).toMatchObject({ crashes: 0, restarts: 0, workers: 1 });
  });

  test("in time is not too late because the program was busy", async () => {
    using gate = new Gate();
    await using pool = create({ maxWorkers: 1 });
    await pool.run(worker);
    const future = pool.withOptions({ timeout: 30 }).submit(act, gate.path, "one", "listen");
    await until(() => gate.started.includes("one"));
    // The word of its start arrives first.
    for (const _ of upTo(3)) await new Promise(setImmediate);
    const other = pool.withOptions({ timeout: 200 }).submit(act, gate.path, "two");
    await failureOf(future);
    await until(() => gate.started.includes("two"));
    busyUntil(() => true, 300);
    expect(await other.result()).toBe("two");
  });

  test("has the whole grace, also when the pool is shut down meanwhile", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      using gate = new Gate();
      const pool = create({ maxWorkers: 1, killGrace: 20_000 });
      const future = pool.submit(act, gate.path, "one", "hold");
      await gate.arrived(1);
      expect(future.abort()).toBe(true);
      let isClosed = false;
      const closed = pool.shutdown().then(() => (isClosed = true));
      await new Promise(setImmediate);
      vi.advanceTimersByTime(15_000);
      for (const _ of upTo(20)) await new Promise(setImmediate);
      expect([isClosed, pool.stats().busy]).toEqual([false, 1]);
      gate.open();
      await closed;
      expect(pool.stats()).toMatchObject({ workers: 0, crashes: 0 });
    } finally {
      vi.useRealTimers();
    }
  });

  test("by a done callback of its neighbour is stopped all the same", async () => {
    using gate = new Gate();
    await using pool = create({ maxWorkers: 1, killGrace: 1 });
    for (const i of upTo(60)) await pool.run(act, gate.path, `warm ${i}`);
    const first = pool.submit(act, gate.path, "first");
    const stuck = pool.submit(act, gate.path, "stuck", "block");
    const rest = upTo(20).map((i) => pool.submit(act, gate.path, `${i}`));
    first.addDoneCallback(() => {
      for (const future of [stuck, ...rest.slice(10)]) future.abort("all of you");
    });
    await settled([first, stuck, ...rest]);
    expect(stuck.cancelled()).toBe(true);
    expect(rest.map((future) => future.cancelled())).toEqual(upTo(20).map((i) => i >= 10));
    const ran = labels(gate).filter((label) => label !== "stuck");
    expect(ran).toEqual(["first", ...upTo(10).map(String)]);
    expect(pool.stats()).toMatchObject({ crashes: 0, cancelled: 11 });
  });

  test("as the last that its worker may run is replaced like any other", async () => {
    using gate = new Gate();
    await using pool = create({ maxWorkers: 1, maxTasksPerChild: 1, killGrace: FOR_EVER });
    for (const i of upTo(3)) {
      const future = pool.submit(act, gate.path, `${i}`, "listen");
      await until(() => future.running() && gate.started.includes(`${i}`));
      future.abort();
    }
    expect(await pool.run(act, gate.path, "next")).toBe("next");
    expect(pool.stats()).toMatchObject({ crashes: 0, cancelled: 3, completed: 1 });
  });

  test("1,000 times by its own timeout ends 1,000 times, and its worker lives on", async () => {
    using gate = new Gate();
    await using pool = create({ maxWorkers: 1, killGrace: FOR_EVER });
    const before = await pool.run(worker);
    const inTime = upTo(1000).map((i) =>
      pool.withOptions({ timeout: FOR_EVER }).submit(act, gate.path, `${i}`),
    );
    expect(await outcomesOf(inTime)).toEqual(upTo(1000).map(String));
    const late = upTo(100).map((i) =>
      pool.withOptions({ timeout: 1 }).submit(act, gate.path, `late ${i}`, "listen"),
    );
    for (const outcome of await outcomesOf(late)) expect(outcome).toBeInstanceOf(TimeoutError);
    expect(await pool.run(worker)).toBe(before);
    expect(gate.started.filter((note) => note.includes("asked"))).toHaveLength(100);
    expect(duplicates(gate.started)).toEqual([]);
    expect(pool.stats()).toMatchObject({ crashes: 0, failed: 100, completed: 1002 });
  });

  test("1,000 that wait for too long never start, and the one that they wait for is left alone", async () => {
    using gate = new Gate();
    await using pool = create({ maxWorkers: 1 });
    const blocker = pool.submit(act, gate.path, "blocker", "hold");
    const waiting = upTo(1000).map((i) =>
      pool.withOptions({ queueTimeout: 1 + (i % 5) }).submit(act, gate.path, `${i}`),
    );
    for (const outcome of await outcomesOf(waiting)) expect(outcome).toBeInstanceOf(TimeoutError);
    gate.open();
    expect(await blocker.result()).toBe("blocker");
    expect(await pool.run(act, gate.path, "after")).toBe("after");
    expect(gate.started).toEqual(["blocker", "after"]);
    expect(pool.stats()).toMatchObject({ failed: 1000, completed: 2, queued: 0 });
  });

  test("with 1,000 others by one signal has one listener, and nobody is warned", async () => {
    using gate = new Gate();
    await using pool = create({ maxWorkers: 2, killGrace: FOR_EVER });
    const controller = new AbortController();
    const { signal } = controller;
    const view = pool.withOptions({ signal });
    const futures = upTo(1000).map((i) => view.submit(act, gate.path, `${i}`, "listen"));
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    await gate.arrived(2);
    const reason = new Error("no more");
    controller.abort(reason);
    expect(futures.every((future) => future.cancelled())).toBe(true);
    for (const outcome of await outcomesOf(futures)) {
      expect((outcome as Error).cause).toBe(reason);
    }
    const never = view.submit(act, gate.path, "never");
    expect(never.cancelled()).toBe(true);
    expect(getEventListeners(signal, "abort")).toEqual([]);
    expect(await pool.run(act, gate.path, "after")).toBe("after");
    expect(gate.started.filter((note) => /^\d+$|never/.test(note))).toHaveLength(2);
    expect(pool.stats()).toMatchObject({ cancelled: 1001, crashes: 0, queued: 0 });
    await new Promise(setImmediate);
    expect(warnings.map(({ name }) => name)).not.toContain("MaxListenersExceededWarning");
  });

  test("and whose worker dies meanwhile keeps its end", async () => {
    using gate = new Gate();
    await using pool = create({ maxWorkers: 1, killGrace: FOR_EVER });
    const future = pool.submit(act, gate.path, "one", "listen");
    await until(() => future.running() && gate.started.includes("one"));
    const next = pool.submit(exit, 3);
    const last = pool.submit(act, gate.path, "last");
    expect(future.abort()).toBe(true);
    expect(await failureOf(next)).toBeInstanceOf(WorkerCrashedError);
    expect(await last.result()).toBe("last");
    expect(future.cancelled()).toBe(true);
    expect(pool.stats()).toMatchObject({ cancelled: 1, failed: 1, crashes: 1 });
  });
});

test("ProcessPoolExecutor: a call that is stopped in a suspended worker is ended with it", async () => {
  using gate = new Gate();
  await using pool = new ProcessPoolExecutor({ maxWorkers: 1, killGrace: 1 });
  const before = await pool.run(worker);
  const future = pool.submit(act, gate.path, "one", "listen");
  await gate.arrived(1);
  await until(() => future.running());
  process.kill(Number.parseInt(before, 10), "SIGSTOP");
  expect(future.abort()).toBe(true);
  expect(await pool.run(worker)).not.toBe(before);
  expect(pool.stats()).toMatchObject({ crashes: 0, cancelled: 1 });
});

describe.each(pools)("$name: what a call leaves behind", ({ create, name, Broken }) => {
  test.each(["throw", "reject"] as const)(
    "and that fails by %s is one warning, harms nobody, and has the worker replaced",
    async (way) => {
      using gate = new Gate();
      await using pool = create({ maxWorkers: 1 });
      const before = warnings.length;
      const first = await pool.run(leaveTrouble, gate.path, way);
      const second = pool.submit(outlast, gate.path);
      await gate.arrived(2);
      gate.open();
      expect(await second.result()).toBe(first);
      expect(await pool.run(worker)).not.toBe(first);
      await until(() => warnings.length > before);
      const late = warnings.slice(before);
      expect(late.map(({ code }) => code)).toEqual(["ERR_EXECUTOR_LATE_ERROR"]);
      expect(late[0]?.message).toContain('task "leaveTrouble"');
      expect(late[0]?.message).toContain("left behind");
      expect(pool.stats()).toMatchObject({ crashes: 0, failed: 0, completed: 3 });
    },
  );

  test("breaks nothing with onWorkerCrash: break, as nobody has crashed", async () => {
    using gate = new Gate();
    await using pool = create({ maxWorkers: 1, onWorkerCrash: "break", killGrace: 1 });
    await pool.run(leaveTrouble, gate.path, "throw");
    const second = pool.submit(outlast, gate.path);
    await gate.arrived(2);
    gate.open();
    await second.result();
    using closed = new Gate();
    const stuck = pool.submit(act, closed.path, "stuck", "block");
    await closed.arrived(1);
    expect(stuck.abort()).toBe(true);
    expect(await pool.run(act, gate.path, "next")).toBe("next");
    expect(pool.stats()).toMatchObject({ crashes: 0, failed: 0 });
  });

  test("a crash with onWorkerCrash: break breaks the pool, and every call knows why", async () => {
    using gate = new Gate();
    const pool = create({ maxWorkers: 2, onWorkerCrash: "break" });
    const other = pool.submit(act, gate.path, "other", "hold");
    await gate.arrived(1);
    const futures: Future<unknown>[] = [
      pool.submit(exit, 3),
      ...upTo(50).map(() => pool.submit(worker)),
    ];
    const [guilty, ...waiting] = futures;
    expect(await failureOf(guilty!)).toBeInstanceOf(WorkerCrashedError);
    for (const future of [other, ...waiting]) {
      const error = await failureOf(future);
      expect(error).toBeInstanceOf(Broken);
      expect(error).toBeInstanceOf(BrokenExecutorError);
      expect(error.message).toContain(name);
      expect(error.cause).toBeInstanceOf(WorkerCrashedError);
    }
    expect(() => pool.submit(worker)).toThrow(Broken);
    await pool.shutdown();
    expect(pool.stats()).toMatchObject({ workers: 0, crashes: 1, restarts: 0, queued: 0 });
  });
});
