import { getEventListeners } from "node:events";
import { CancelledError, TimeoutError, wait } from "@concurrent/futures";
import { describe, expect, test } from "vitest";
import { executors, pools } from "../support/executors.ts";
import { Gate, until } from "../support/gate.ts";
import { jobs } from "../support/jobs.ts";
import { failureOf, thrownBy, upTo } from "../support/outcomes.ts";

const { blockAt, double, holdAt, noteAt, whoAmI } = jobs;

/** Times that no test waits for. */
const NEVER = 2 ** 31;

describe.concurrent.each(executors)("$name: stopping calls", ({ create }) => {
  test("abort settles a running call at once, with the reason as the cause (C181)", async () => {
    await using executor = create();
    using gate = new Gate();
    const future = executor.submit(holdAt, gate.path, "running");
    await gate.arrived(1);
    const reason = new Error("the client has gone");
    expect(future.abort(reason)).toBe(true);
    expect(future.state).toBe("cancelled");
    const error = await failureOf(future);
    expect(error).toBeInstanceOf(CancelledError);
    expect(error.cause).toBe(reason);
    expect(future.abort(new Error("again"))).toBe(true);
    expect((await failureOf(future)).cause).toBe(reason);
    gate.open();
    expect(await executor.run(double, 1)).toBe(2);
    expect(future.state).toBe("cancelled");
  });

  test("abort answers false once the call has ended", async () => {
    await using executor = create();
    const future = executor.submit(double, 1);
    await future.result();
    expect(future.abort()).toBe(false);
    expect(future.resultNow()).toBe(2);
  });

  test("timeout ends a call that runs for too long in a TimeoutError (C182)", async () => {
    await using executor = create();
    using gate = new Gate();
    const future = executor.withOptions({ timeout: 1 }).submit(holdAt, gate.path, "slow");
    expect(await failureOf(future)).toBeInstanceOf(TimeoutError);
    expect(future.state).toBe("finished");
    gate.open();
    expect(await executor.run(double, 1)).toBe(2);
  });

  test("timeout counts from the start, not from submit", async () => {
    await using executor = create();
    using gate = new Gate();
    const running = upTo(2).map((i) => executor.submit(holdAt, gate.path, `${i}`));
    await gate.arrived(1);
    const waiting = executor.withOptions({ timeout: 1000 }).submit(double, 4);
    // When this one gives up, the other has waited for longer than it may run.
    const impatient = executor.withOptions({ queueTimeout: 1050 }).submit(double, 5);
    expect(await failureOf(impatient)).toBeInstanceOf(TimeoutError);
    expect(waiting.state).toBe("pending");
    gate.open();
    expect(await waiting.result()).toBe(8);
    await wait(running);
  });

  test("queueTimeout ends a call that waits for too long, and it never starts", async () => {
    await using executor = create();
    using gate = new Gate();
    const running = upTo(2).map((i) => executor.submit(holdAt, gate.path, `${i}`));
    await gate.arrived(1);
    const future = executor.withOptions({ queueTimeout: 1 }).submit(noteAt, gate.path, "never");
    expect(await failureOf(future)).toBeInstanceOf(TimeoutError);
    gate.open();
    await wait(running);
    await executor.shutdown();
    expect(gate.started).not.toContain("never");
  });

  test("queueTimeout and timeout mean nothing to a call that is in time", async () => {
    await using executor = create();
    const view = executor.withOptions({ queueTimeout: NEVER, timeout: NEVER });
    expect(await Promise.all(upTo(20).map((i) => view.run(double, i)))).toEqual(
      upTo(20).map((i) => i * 2),
    );
  });

  test("a signal cancels its calls wherever they are, with its reason as the cause", async () => {
    await using executor = create();
    using gate = new Gate();
    const controller = new AbortController();
    const view = executor.withOptions({ signal: controller.signal });
    const futures = upTo(5).map((i) => view.submit(holdAt, gate.path, `${i}`));
    await gate.arrived(1);
    const reason = new Error("enough");
    controller.abort(reason);
    for (const future of futures) {
      expect(future.cancelled()).toBe(true);
      expect((await failureOf(future)).cause).toBe(reason);
    }
    const late = view.submit(noteAt, gate.path, "late");
    expect((await failureOf(late)).cause).toBe(reason);
    gate.open();
    await executor.shutdown();
    expect(gate.started).not.toContain("late");
    expect(gate.started.length).toBeLessThanOrEqual(2);
  });

  test("a signal that never aborts is given back its listeners", async () => {
    await using executor = create();
    const { signal } = new AbortController();
    const view = executor.withOptions({ signal });
    await Promise.all(upTo(50).map((i) => view.run(double, i)));
    await executor.shutdown();
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });
});

describe.concurrent.each(pools)("$name: stopping calls", ({ create }) => {
  test("the worker of a stopped call is replaced after killGrace, if it does not end (C181)", async () => {
    await using pool = create({ maxWorkers: 1, killGrace: 1 });
    using gate = new Gate();
    const worker = await pool.run(whoAmI);
    const future = pool.submit(blockAt, gate.path, "stuck");
    await gate.arrived(1);
    expect(future.abort()).toBe(true);
    expect(await pool.run(whoAmI)).not.toBe(worker);
    expect(pool.stats()).toMatchObject({ workers: 1, cancelled: 1, crashes: 0 });
  });

  test("the worker of a stopped call stays if the call ends in time; its outcome is dropped", async () => {
    await using pool = create({ maxWorkers: 1, killGrace: NEVER });
    using gate = new Gate();
    const worker = await pool.run(whoAmI);
    const future = pool.submit(holdAt, gate.path, "held");
    await gate.arrived(1);
    future.abort();
    expect(pool.stats()).toMatchObject({ workers: 1, busy: 1, idle: 0 });
    const next = pool.submit(whoAmI);
    gate.open();
    expect(await next.result()).toBe(worker);
    expect(future.cancelled()).toBe(true);
    expect(pool.stats()).toMatchObject({ completed: 2, cancelled: 1, crashes: 0 });
  });

  test("shutdown waits for the worker of a stopped call", async () => {
    const pool = create({ maxWorkers: 1, killGrace: NEVER });
    using gate = new Gate();
    const future = pool.submit(holdAt, gate.path, "held");
    await gate.arrived(1);
    future.abort();
    let isOver = false;
    const closed = pool.shutdown().finally(() => {
      isOver = true;
    });
    for (let i = 0; i < 20; i++) await new Promise(setImmediate);
    expect(isOver).toBe(false);
    gate.open();
    await closed;
    expect(pool.stats().workers).toBe(0);
  });

  test("the rest of the batch of a stopped call runs, each call once", async () => {
    await using pool = create({ maxWorkers: 1, killGrace: 1 });
    using open = new Gate();
    using gate = new Gate();
    open.open();
    for (const label of ["a", "b", "c"]) await pool.run(blockAt, open.path, label);
    const stuck = pool.submit(blockAt, gate.path, "stuck");
    const rest = upTo(10).map((i) => pool.submit(blockAt, open.path, `${i}`));
    await gate.arrived(1);
    stuck.abort();
    expect(await Promise.all(rest.map((future) => future.result()))).toEqual(upTo(10).map(String));
    expect(open.started).toEqual(["a", "b", "c", ...upTo(10).map(String)]);
  });

  test("a call that ran out of time counts as failed, an aborted one as cancelled", async () => {
    await using pool = create({ killGrace: 1 });
    using gate = new Gate();
    const late = pool.withOptions({ timeout: 1 }).submit(holdAt, gate.path, "late");
    await failureOf(late);
    const aborted = pool.submit(holdAt, gate.path, "aborted");
    await until(() => gate.started.includes("aborted"));
    aborted.abort();
    expect(pool.stats()).toMatchObject({ failed: 1, cancelled: 1, completed: 0 });
  });

  test("bad limits are refused when the view is made", async () => {
    await using pool = create();
    const cases: [object, typeof TypeError | typeof RangeError, string][] = [
      [{ timeout: -1 }, RangeError, "timeout"],
      [{ timeout: "1" }, TypeError, "timeout"],
      [{ timeout: Number.NaN }, TypeError, "timeout"],
      [{ queueTimeout: -1 }, RangeError, "queueTimeout"],
      [{ queueTimeout: {} }, TypeError, "queueTimeout"],
      [{ signal: {} }, TypeError, "signal"],
      [{ signal: "abort" }, TypeError, "signal"],
    ];
    for (const [options, errorClass, name] of cases) {
      const error = thrownBy(() => pool.withOptions(options));
      expect(error).toBeInstanceOf(errorClass);
      expect(error.message).toContain(`\`${name}\``);
    }
  });
});
