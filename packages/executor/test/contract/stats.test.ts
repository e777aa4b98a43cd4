import { wait, type Future } from "@concurrent/futures";
import { describe, expect, test } from "vitest";
import { pools } from "../support/executors.ts";
import { Gate } from "../support/gate.ts";
import { jobs } from "../support/jobs.ts";
import { failureOf, upTo } from "../support/outcomes.ts";

const { blockAt, double, fail } = jobs;

const NOTHING = {
  workers: 0,
  idle: 0,
  busy: 0,
  queued: 0,
  running: 0,
  completed: 0,
  failed: 0,
  cancelled: 0,
  crashes: 0,
  restarts: 0,
};

describe.each(pools)("$name: stats", ({ create }) => {
  test("count workers and tasks through their lives", async () => {
    const pool = create();
    using gate = new Gate();
    expect(pool.stats()).toEqual(NOTHING);

    const futures = upTo(5).map((i) => pool.submit(blockAt, gate.path, `${i}`));
    expect(pool.stats()).toMatchObject({ queued: 5, running: 0 });
    await gate.arrived(2);
    expect(pool.stats()).toEqual({ ...NOTHING, workers: 2, busy: 2, queued: 3, running: 2 });

    futures[4]!.cancel();
    const failing = pool.submit(fail, "expected");
    expect(pool.stats()).toMatchObject({ queued: 3, running: 2, cancelled: 1 });

    gate.open();
    await wait([...futures, failing]);
    await failureOf(failing);
    const done = { ...NOTHING, workers: 2, idle: 2, completed: 4, failed: 1, cancelled: 1 };
    expect(pool.stats()).toEqual(done);

    await pool.shutdown();
    expect(pool.stats()).toEqual({ ...done, workers: 0, idle: 0 });
  });

  test("add up while thousands of calls come and go", async () => {
    await using pool = create();
    const futures: Future<unknown>[] = upTo(2000).map((i) =>
      i % 100 === 99 ? pool.submit(fail, `${i}`) : pool.submit(double, i),
    );
    for (const future of futures) future.addDoneCallback(() => undefined);
    for (let i = 0; i < 2000; i += 10) futures[i]!.cancel();
    for (const future of futures) {
      await wait([future]);
      const { queued, running, completed, failed, cancelled } = pool.stats();
      expect(queued + running + completed + failed + cancelled).toBe(2000);
      expect(Math.min(queued, running)).toBeGreaterThanOrEqual(0);
    }
    const { queued, running, cancelled, failed } = pool.stats();
    expect({ queued, running, cancelled, failed }).toEqual({
      queued: 0,
      running: 0,
      cancelled: 200,
      failed: 20,
    });
  });

  test("count a chunk as one task", async () => {
    await using pool = create();
    await pool.withOptions({ chunksize: 10 }).map(double, upTo(95)).toArray();
    expect(pool.stats().completed).toBe(10);
  });

  test("count a task that could not travel as failed", async () => {
    await using pool = create();
    await failureOf(pool.submit<[unknown], void>(() => undefined, Symbol("x")));
    await failureOf(pool.submit(double.bind(undefined, 1)));
    expect(pool.stats()).toMatchObject({ failed: 2, queued: 0, running: 0 });
  });

  test("are a snapshot, which does not change", async () => {
    await using pool = create();
    const before = pool.stats();
    await pool.run(double, 1);
    expect(before).toEqual(NOTHING);
    expect(pool.stats()).not.toBe(before);
  });
});
