import { describe, expect, test } from "vitest";
import { pools } from "../support/executors.ts";
import { Gate, until } from "../support/gate.ts";
import { jobs, nested } from "../support/jobs.ts";
import { failureOf, upTo } from "../support/outcomes.ts";

const { blockAt, callNumber, double, fail, tellAt, whoAmI } = jobs;

describe.concurrent.each(pools)("$name: number of workers", ({ create, kind }) => {
  test("no worker is started before the first call", async () => {
    await using pool = create();
    expect(pool.stats().workers).toBe(0);
    await pool.run(double, 1);
    expect(pool.stats().workers).toBe(1);
  });

  test("many blocking calls have exactly maxWorkers (C103, C143, C158)", async () => {
    await using pool = create({ maxWorkers: 3 });
    using gate = new Gate();
    const futures = upTo(45).map((i) => pool.submit(tellAt, gate.path, `${i}`));
    await gate.arrived(3);
    expect(pool.stats()).toMatchObject({ workers: 3, busy: 3, running: 3, queued: 42 });
    expect(gate.started).toHaveLength(3);
    gate.open();
    const workers = await Promise.all(futures.map((future) => future.result()));
    expect(new Set(workers).size).toBe(3);
    expect(pool.stats()).toMatchObject({ workers: 3, completed: 45 });
  });

  test("calls one after the other have one worker (C104, C144, C161)", async () => {
    await using pool = create({ maxWorkers: 3 });
    const workers = new Set<string>();
    for (let i = 0; i < 3; i++) workers.add(await pool.run(whoAmI));
    expect(workers.size).toBe(1);
    expect(pool.stats().workers).toBe(1);
  });

  test("calls that overlap now and then have at most as many as overlap (C105)", async () => {
    await using pool = create({ maxWorkers: 5 });
    using gate = new Gate();
    const held = [pool.submit(tellAt, gate.path, "a")];
    await gate.arrived(1);
    for (let i = 0; i < 5; i++) await pool.run(double, i);
    held.push(pool.submit(tellAt, gate.path, "b"));
    await gate.arrived(2);
    await pool.run(double, 1);
    expect(pool.stats().workers).toBeLessThanOrEqual(3);
    gate.open();
    await Promise.all(held.map((future) => future.result()));
  });

  test("a burst of quick calls is done whatever the number of workers (C159, C160)", async () => {
    for (const maxWorkers of [1, 4]) {
      await using pool = create({ maxWorkers });
      const results = await Promise.all(upTo(200).map((i) => pool.run(double, i)));
      expect(results).toEqual(upTo(200).map((i) => i * 2));
      expect(pool.stats().workers).toBeLessThanOrEqual(maxWorkers);
    }
  });

  test("minWorkers are there from the start, and stay", async () => {
    await using pool = create({ minWorkers: 2, maxWorkers: 3, idleTimeout: 0 });
    await until(() => pool.stats().idle === 2);
    expect(pool.stats().workers).toBe(2);
    using gate = new Gate();
    const held = upTo(3).map((i) => pool.submit(tellAt, gate.path, `${i}`));
    await gate.arrived(3);
    gate.open();
    const workers = await Promise.all(held.map((future) => future.result()));
    expect(new Set(workers).size).toBe(3);
    await until(() => pool.stats().workers === 2);
    expect(workers).toContain(await pool.run(whoAmI));
    expect(pool.stats().workers).toBe(2);
  });

  test("idle workers leave, and others come with the next call (C170)", async () => {
    await using pool = create({ idleTimeout: 1 });
    const first = await pool.run(whoAmI);
    await until(() => pool.stats().workers === 0);
    expect(await pool.run(whoAmI)).not.toBe(first);
    await until(() => pool.stats().workers === 0);
    expect(pool.stats()).toMatchObject({ crashes: 0, restarts: 0, completed: 2 });
  });

  test("nothing is lost between the leaving of idle workers and the next call (C170)", async () => {
    await using pool = create({ idleTimeout: 0 });
    for (let i = 0; i < 12; i++) {
      expect(await pool.run(double, i)).toBe(i * 2);
      for (let turns = 0; turns < i % 4; turns++) await new Promise(setImmediate);
    }
    expect(pool.stats()).toMatchObject({ completed: 12, crashes: 0 });
  });

  test("workers stay that are not idle, however short the idleTimeout is", async () => {
    await using pool = create({ maxWorkers: 1, idleTimeout: 0 });
    using gate = new Gate();
    const future = pool.submit(blockAt, gate.path, "held");
    await gate.arrived(1);
    for (let i = 0; i < 20; i++) await new Promise(setImmediate);
    expect(pool.stats()).toMatchObject({ workers: 1, running: 1 });
    gate.open();
    expect(await future.result()).toBe("held");
  });

  test("a task may have a pool of its own, which may have one as well (C175)", async () => {
    await using pool = create({ maxWorkers: 1 });
    expect(await pool.run(nested.sumNested, kind, 2)).toBe(3);
    expect(await pool.run(nested.sumNested, kind === "thread" ? "process" : "thread", 1)).toBe(1);
    expect(await pool.run(nested.abandonPool)).toBe(2);
  });
});

describe.concurrent.each(pools)("$name: maxTasksPerChild", ({ create }) => {
  test("3: the first three calls have one worker, the fourth another (C106)", async () => {
    await using pool = create({ maxWorkers: 1, maxTasksPerChild: 3 });
    const workers: string[] = [];
    for (let i = 0; i < 4; i++) workers.push(await pool.run(whoAmI));
    expect(new Set(workers.slice(0, 3)).size).toBe(1);
    expect(workers[3]).not.toBe(workers[0]);
    expect(pool.stats()).toMatchObject({ crashes: 0, completed: 4 });
  });

  test.each([
    [1, 2, 6],
    [2, 2, 8],
    [3, 7, 40],
  ])("%i workers of %i tasks do a backlog of %i (C109)", async (maxWorkers, maxTasks, count) => {
    await using pool = create({ maxWorkers, maxTasksPerChild: maxTasks });
    const futures = upTo(count).map(() => pool.submit(callNumber));
    const calls = await Promise.all(futures.map((future) => future.result()));
    for (const { number } of calls) expect(number).toBeLessThanOrEqual(maxTasks);
    const workers = new Set(calls.map(({ worker }) => worker));
    expect(workers.size).toBeGreaterThanOrEqual(count / maxTasks);
    expect(pool.stats()).toMatchObject({ completed: count, crashes: 0, restarts: 0 });
  });

  test("does not lose the backlog of a pool that is shut down (C110, C115)", async () => {
    for (const wait of [true, false]) {
      const pool = create({ maxTasksPerChild: 1 });
      const futures = upTo(6).map((i) => pool.submit(double, i));
      await pool.shutdown({ wait });
      expect(!wait || futures.every((future) => future.done())).toBe(true);
      const results = await Promise.all(futures.map((future) => future.result()));
      expect(results).toEqual(upTo(6).map((i) => i * 2));
      await pool.shutdown();
    }
  });

  test("with a failing task and a shutdown that does not wait keeps the other results (C139, C140)", async () => {
    for (const maxWorkers of [2, 4]) {
      const pool = create({ maxWorkers, maxTasksPerChild: 1 });
      const future = pool.submit(double, 1);
      const failing = pool.submit(fail, "expected");
      const others = upTo(maxWorkers).map((i) => pool.submit(double, i));
      await pool.shutdown({ wait: false });
      expect((await failureOf(failing)).message).toBe("expected");
      expect(await future.result()).toBe(2);
      expect(await Promise.all(others.map((one) => one.result()))).toEqual(
        upTo(maxWorkers).map((i) => i * 2),
      );
      await pool.shutdown();
      expect(pool.stats()).toMatchObject({ workers: 0, crashes: 0 });
    }
  });

  test("does not count what was cancelled or taken back", async () => {
    await using pool = create({ maxWorkers: 1, maxTasksPerChild: 5 });
    using open = new Gate();
    using gate = new Gate();
    open.open();
    for (const label of ["a", "b"]) await pool.run(blockAt, open.path, label);
    const running = pool.submit(blockAt, gate.path, "running");
    await gate.arrived(1);
    const futures = upTo(20).map((i) => pool.submit(blockAt, open.path, `${i}`));
    await Promise.resolve();
    for (const future of futures) expect(future.cancel()).toBe(true);
    gate.open();
    await running.result();
    // Two more fit into this worker's share of five.
    const { worker } = await pool.run(callNumber);
    expect((await pool.run(callNumber)).worker).toBe(worker);
    expect((await pool.run(callNumber)).worker).not.toBe(worker);
  });
});
