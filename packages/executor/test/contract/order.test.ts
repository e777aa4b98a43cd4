import { wait, type Future } from "@concurrent/futures";
import { describe, expect, test } from "vitest";
import { executors, pools } from "../support/executors.ts";
import { Gate } from "../support/gate.ts";
import { jobs } from "../support/jobs.ts";
import { upTo } from "../support/outcomes.ts";

const { add, blockAt, callNumber, double, noteAt } = jobs;

describe.each(executors)("$name: callbacks", ({ create }) => {
  test("run in order, at once when the call is done, with the Future (C025, C026, C029)", async () => {
    await using executor = create();
    const future = executor.submit(double, 4);
    const seen: unknown[] = [];
    future.addDoneCallback((done) => seen.push(["first", done === future, done.resultNow()]));
    future.addDoneCallback(() => seen.push("second"));
    await future.result();
    future.addDoneCallback(() => seen.push("third"));
    expect(seen).toEqual([["first", true, 8], "second", "third"]);
  });

  test("may submit, cancel and shut down (C178)", async () => {
    await using executor = create();
    const later: Future<unknown>[] = [];
    const seen: string[] = [];
    const first = executor.submit(double, 1);
    const victim = executor.submit(double, 2);
    first.addDoneCallback(() => {
      later.push(executor.submit(double, 3), executor.submit(double, 4));
      seen.push(`cancel ${later[1]!.cancel()}`);
      later[1]!.addDoneCallback(() => void executor.shutdown());
      try {
        executor.submit(double, 5);
      } catch (error) {
        seen.push((error as Error).name);
      }
    });
    await first.result();
    await wait([victim, ...later]);
    await executor.shutdown();
    expect(seen).toEqual(["cancel true", "ExecutorShutdownError"]);
    expect(await later[0]!.result()).toBe(6);
  });

  test("may submit from callbacks of callbacks, and from tasks of the loop (C145)", async () => {
    await using executor = create();
    let submitted = 0;
    await new Promise<void>((resolve) => {
      const more = (depth: number): void => {
        submitted++;
        executor.submit(double, depth).addDoneCallback((done) => {
          if (done.resultNow() < 100) more(depth + 1);
          else resolve();
        });
      };
      more(0);
    });
    expect(submitted).toBe(51);
  });
});

describe.each(pools)("$name: order", ({ create }) => {
  test("one worker starts its calls in the order of submission", async () => {
    await using pool = create({ maxWorkers: 1 });
    const futures: Future<{ number: number }>[] = [];
    for (let i = 0; i < 1500; i++) {
      futures.push(pool.submit(callNumber));
      // Other functions in between, some of them asynchronous, and pauses now and then.
      if (i % 14 === 0) pool.submit(double, i);
      if (i % 14 === 7) pool.submit(add, i, i);
      if (i % 100 === 0) await futures[i >> 1]!.result();
    }
    const results = await Promise.all(futures.map((future) => future.result()));
    expect(results.map(({ number }) => number)).toEqual(upTo(1500).map((i) => i + 1));
  });

  test("several workers start each call once, whatever they take from each other", async () => {
    await using pool = create({ maxWorkers: 3 });
    const futures = upTo(3000).map(() => pool.submit(callNumber));
    const results = await Promise.all(futures.map((future) => future.result()));
    const numbersOf = new Map<string, number[]>();
    for (const { worker, number } of results) {
      numbersOf.set(worker, [...(numbersOf.get(worker) ?? []), number]);
    }
    for (const numbers of numbersOf.values()) {
      expect(numbers.toSorted((a, b) => a - b)).toEqual(upTo(numbers.length).map((i) => i + 1));
    }
  });

  test("calls that wait start in the order of submission, whatever their functions", async () => {
    await using pool = create({ maxWorkers: 1 });
    using gate = new Gate();
    const blocking = pool.submit(blockAt, gate.path, "blocking");
    await gate.arrived(1);
    const labels = upTo(50).map(String);
    const futures = labels.map((label, i) =>
      i % 3 === 0 ? pool.submit(blockAt, gate.path, label) : pool.submit(noteAt, gate.path, label),
    );
    gate.open();
    await wait([blocking, ...futures]);
    expect(gate.started).toEqual(["blocking", ...labels]);
  });

  test("a call behind a slow one goes to a worker that is free", async () => {
    await using pool = create();
    using gate = new Gate();
    using other = new Gate();
    other.open();
    // The function looks fast until it meets the closed gate, so that calls wait behind it in its worker.
    await Promise.all(upTo(40).map((i) => pool.submit(blockAt, other.path, `${i}`).result()));
    const slow = pool.submit(blockAt, gate.path, "slow");
    const futures = upTo(40).map((i) => pool.submit(blockAt, other.path, `${i}`));
    await Promise.all(futures.map((future) => future.result()));
    expect(slow.done()).toBe(false);
    gate.open();
    expect(await slow.result()).toBe("slow");
  });

  test("results arrive in the order in which calls end, not of submission", async () => {
    await using pool = create();
    using gate = new Gate();
    const slow = pool.submit(blockAt, gate.path, "slow");
    await gate.arrived(1);
    const quick = await pool.submit(double, 1).result();
    expect([quick, slow.done()]).toEqual([2, false]);
    gate.open();
    await slow.result();
  });
});
