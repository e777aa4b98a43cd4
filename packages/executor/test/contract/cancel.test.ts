import { CancelledError, wait } from "@concurrent/futures";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { executors, pools } from "../support/executors.ts";
import { Gate } from "../support/gate.ts";
import { jobs } from "../support/jobs.ts";
import { failureOf, upTo } from "../support/outcomes.ts";

const { blockAt, double, holdAt, noteAt } = jobs;

describe.concurrent.each(executors)("$name: cancel", ({ create }) => {
  test("a call that waits never starts, and its waiters are told at once (C039, C050)", async () => {
    await using executor = create();
    using gate = new Gate();
    const held = upTo(4).map((i) => executor.submit(holdAt, gate.path, `held ${i}`));
    await gate.arrived(1);
    const future = executor.submit(noteAt, gate.path, "never");
    const waiters = [failureOf(future), wait([future])] as const;
    expect(future.state).toBe("pending");

    expect(future.cancel()).toBe(true);
    expect(future.state).toBe("cancelled");
    expect([future.cancelled(), future.done(), future.running()]).toEqual([true, true, false]);
    expect(await waiters[0]).toBeInstanceOf(CancelledError);
    expect((await waiters[1]).done).toEqual(new Set([future]));

    gate.open();
    await Promise.all(held.map((one) => one.result()));
    await executor.shutdown();
    expect(gate.started).not.toContain("never");
  });

  test("a running call goes on, and cancel answers false (C040)", async () => {
    await using executor = create();
    using gate = new Gate();
    const future = executor.submit(holdAt, gate.path, "running");
    await gate.arrived(1);
    expect(future.cancel()).toBe(false);
    expect([future.state, future.running(), future.done()]).toEqual(["running", true, false]);
    gate.open();
    expect(await future.result()).toBe("running");
  });

  test("answers false once the call has ended, true once it is cancelled (C041, C043, C044)", async () => {
    await using executor = create();
    const succeeded = executor.submit(double, 1);
    const failed = executor.submit(() => {
      throw new Error("no");
    });
    const cancelled = executor.submit(double, 2);
    expect(cancelled.cancel()).toBe(true);
    expect(cancelled.cancel()).toBe(true);
    await wait([succeeded, failed]);
    expect([succeeded.cancel(), failed.cancel(), cancelled.cancel()]).toEqual([false, false, true]);
    expect([succeeded.state, failed.state]).toEqual(["finished", "finished"]);
    expect((await failureOf(failed)).message).toBe("no");
    expect(await succeeded.result()).toBe(2);
  });

  test("calls the done callbacks, once and before cancel returns (C027)", async () => {
    await using executor = create();
    const future = executor.submit(double, 1);
    const seen: string[] = [];
    future.addDoneCallback((done) => seen.push(done.state));
    expect(future.cancel()).toBe(true);
    expect(seen).toEqual(["cancelled"]);
    future.cancel();
    await executor.shutdown();
    expect(seen).toEqual(["cancelled"]);
  });

  test("submit, cancel at once, shutdown: comes to an end (C130)", async () => {
    await using executor = create();
    const future = executor.submit(double, 1);
    expect(future.cancel()).toBe(true);
    await executor.shutdown();
    expect(future.state).toBe("cancelled");
  });
});

describe.concurrent.each(pools)("$name: cancel", ({ create }) => {
  test("a call that has been sent to a busy worker never starts", async () => {
    await using pool = create({ maxWorkers: 1 });
    using warmUp = new Gate();
    using gate = new Gate();
    // Once it is known to be fast, a call is sent to a worker that is busy.
    for (const label of ["a", "b", "c"]) await pool.run(noteAt, warmUp.path, label);
    const running = pool.submit(blockAt, gate.path, "running");
    await gate.arrived(1);
    const sent = upTo(3).map((i) => pool.submit(noteAt, gate.path, `sent ${i}`));
    await Promise.resolve();
    expect(sent.map((future) => future.state)).toEqual(["pending", "pending", "pending"]);
    expect(sent[1]!.cancel()).toBe(true);
    gate.open();
    expect(await running.result()).toBe("running");
    expect(await sent[2]!.result()).toBe("sent 2");
    await pool.shutdown();
    expect(gate.started).toEqual(["running", "sent 0", "sent 2"]);
  });

  test("a call never starts that was sent in one batch with the running one", async () => {
    await using pool = create({ maxWorkers: 1 });
    using open = new Gate();
    using gate = new Gate();
    open.open();
    // An open gate makes the same function fast: its calls then travel together.
    for (const label of ["a", "b", "c"]) await pool.run(blockAt, open.path, label);
    const batch = upTo(5).map((i) => pool.submit(blockAt, gate.path, `${i}`));
    await gate.arrived(1);
    expect(batch.map((future) => future.cancel())).toEqual([false, true, true, true, true]);
    gate.open();
    expect(await batch[0]!.result()).toBe("0");
    expect(await pool.run(double, 4)).toBe(8);
    await pool.shutdown();
    expect(gate.started).toEqual(["0"]);
  });

  test("a call never starts that waits for its function to be located", async () => {
    await using pool = create({ maxWorkers: 1 });
    using gate = new Gate();
    const future = pool.submit(noteAt, gate.path, "never");
    const other = pool.submit(async () => "other");
    expect(future.cancel()).toBe(true);
    expect(await other.result()).toBe("other");
    await pool.shutdown();
    expect(gate.started).toEqual([]);
  });

  test("frees its worker for others: a cancelled call takes no turn", async () => {
    await using pool = create({ maxWorkers: 1 });
    using gate = new Gate();
    const running = pool.submit(blockAt, gate.path, "running");
    await gate.arrived(1);
    const futures = upTo(1000).map((x) => pool.submit(double, x));
    for (const future of futures) expect(future.cancel()).toBe(true);
    expect(pool.stats()).toMatchObject({ queued: 0, running: 1, cancelled: 1000 });
    gate.open();
    await running.result();
    expect(await pool.run(double, 1)).toBe(2);
  });

  test("at random among calls in every state: those that start are those that were not cancelled", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({ cancelled: fc.integer({ min: 0, max: 59 }), turns: fc.integer({ max: 30 }) }),
          { minLength: 1, maxLength: 30 },
        ),
        async (cancels) => {
          await using pool = create();
          using gate = new Gate();
          const futures = upTo(60).map((i) => pool.submit(noteAt, gate.path, `${i}`));
          const cancelled = new Set<string>();
          for (const { cancelled: index, turns } of cancels) {
            for (let i = 0; i < turns; i++) await new Promise(setImmediate);
            if (futures[index]!.cancel()) cancelled.add(`${index}`);
          }
          await pool.shutdown();
          const expected = upTo(60)
            .map(String)
            .filter((label) => !cancelled.has(label));
          expect(gate.started.toSorted(byNumber)).toEqual(expected);
          for (const [i, future] of futures.entries()) {
            expect(future.cancelled()).toBe(cancelled.has(`${i}`));
          }
        },
      ),
      { numRuns: 5 },
    );
  });

  test("abort of a call that waits cancels it, with the reason as the cause", async () => {
    await using pool = create({ maxWorkers: 1 });
    using gate = new Gate();
    const running = pool.submit(blockAt, gate.path, "running");
    await gate.arrived(1);
    const future = pool.submit(double, 1);
    const reason = new Error("not needed any more");
    expect(future.abort(reason)).toBe(true);
    const error = await failureOf(future);
    expect(error).toBeInstanceOf(CancelledError);
    expect(error.cause).toBe(reason);
    gate.open();
    await running.result();
  });
});

function byNumber(a: string, b: string): number {
  return Number(a) - Number(b);
}
