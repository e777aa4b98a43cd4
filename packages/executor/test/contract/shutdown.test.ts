import { CancelledError, ExecutorShutdownError, wait } from "@concurrent/futures";
import { describe, expect, test } from "vitest";
import { executors, pools } from "../support/executors.ts";
import { Gate, until } from "../support/gate.ts";
import { jobs } from "../support/jobs.ts";
import { isAlive, leftOver, resources } from "../support/leaks.ts";
import { failureOf, outcomesOf, rejection, thrownBy, upTo } from "../support/outcomes.ts";

const { blockAt, double, fail, holdAt, noteAt, noteSignalsAt, whoAmI } = jobs;

describe.each(executors)("$name: shutdown", ({ create }) => {
  test("makes submit and map throw, and run reject (C124)", async () => {
    const executor = create();
    await executor.shutdown();
    const errors = [
      thrownBy(() => executor.submit(double, 1)),
      thrownBy(() => executor.map(double, [1])),
      thrownBy(() => executor.withOptions({ chunksize: 2 }).submit(double, 1)),
      await rejection(executor.run(double, 1)),
    ];
    for (const error of errors) {
      expect(error).toBeInstanceOf(ExecutorShutdownError);
      expect(error).toMatchObject({ code: "ERR_EXECUTOR_SHUTDOWN" });
      expect(error.message).toBe("cannot schedule new futures after shutdown");
    }
  });

  test("lets what was submitted finish, and waits for it (C127)", async () => {
    const executor = create();
    const futures = upTo(50).map((i) => executor.submit(double, i));
    await executor.shutdown();
    expect(futures.map((future) => future.resultNow())).toEqual(upTo(50).map((i) => i * 2));
  });

  test("cancels what has not started, if asked, and lets the rest finish (C128)", async () => {
    const executor = create();
    using gate = new Gate();
    const futures = upTo(50).map((i) => executor.submit(holdAt, gate.path, `${i}`));
    await gate.arrived(1);
    const closed = executor.shutdown({ cancelFutures: true });
    const cancelled = futures.filter((future) => future.cancelled());
    expect(cancelled.length).toBeGreaterThan(20);
    gate.open();
    await closed;
    const refused: unknown = expect.any(CancelledError);
    const expected = futures.map((future, i) => (cancelled.includes(future) ? refused : `${i}`));
    expect(await outcomesOf(futures)).toEqual(expected);
    expect(gate.started).toHaveLength(50 - cancelled.length);
  });

  test("without waiting returns at once, and what was submitted is done later (C134)", async () => {
    const executor = create();
    using gate = new Gate();
    const results = executor.map(holdAt, repeat(gate.path, 10), upTo(10).map(String));
    await executor.shutdown({ wait: false });
    expect(() => executor.submit(double, 1)).toThrow(ExecutorShutdownError);
    gate.open();
    expect(await results.toArray()).toEqual(upTo(10).map(String));
    await executor.shutdown();
  });

  test("may be called again and again, and each call waits as it says", async () => {
    const executor = create();
    using gate = new Gate();
    const future = executor.submit(holdAt, gate.path, "held");
    await gate.arrived(1);
    await executor.shutdown({ wait: false });
    await executor.shutdown({ wait: false });
    let isOver = false;
    const waiting = [executor.shutdown(), executor.shutdown()].map((closed) =>
      closed.finally(() => {
        isOver = true;
      }),
    );
    await executor.shutdown({ wait: false });
    expect(isOver).toBe(false);
    gate.open();
    await Promise.all(waiting);
    expect(future.resultNow()).toBe("held");
    await executor.shutdown();
  });

  test("may cancel later what an earlier shutdown has left waiting", async () => {
    const executor = create();
    using gate = new Gate();
    const futures = upTo(10).map((i) => executor.submit(holdAt, gate.path, `${i}`));
    await gate.arrived(1);
    await executor.shutdown({ wait: false });
    await executor.shutdown({ wait: false, cancelFutures: true });
    expect(futures.filter((future) => future.cancelled()).length).toBeGreaterThanOrEqual(8);
    gate.open();
    await executor.shutdown();
    expect(futures.every((future) => future.done())).toBe(true);
  });

  test("of an executor that has done nothing comes to an end", async () => {
    const executor = create();
    await executor.shutdown();
    await executor.shutdown({ cancelFutures: true });
    expect(() => executor.submit(double, 1)).toThrow(ExecutorShutdownError);
  });

  test("stops what still runs when its time is up, and says so in the cause", async () => {
    const executor = create();
    using gate = new Gate();
    const futures = upTo(5).map((i) => executor.submit(holdAt, gate.path, `${i}`));
    await gate.arrived(1);
    await executor.shutdown({ timeout: 1 });
    for (const future of futures) {
      const error = await failureOf(future);
      expect(error).toBeInstanceOf(CancelledError);
      expect(error.cause).toBeInstanceOf(ExecutorShutdownError);
    }
  });
});

describe.each(pools)("$name: shutdown", ({ create }) => {
  test("leaves no worker behind, and nothing else (C131, C132, C138)", async () => {
    const before = resources();
    const pool = create({ maxWorkers: 3 });
    using gate = new Gate();
    const futures = upTo(3).map((i) => pool.submit(blockAt, gate.path, `${i}`));
    await gate.arrived(3);
    gate.open();
    await wait(futures);
    const workers = await Promise.all(upTo(50).map(() => pool.run(whoAmI)));
    await pool.shutdown();
    expect(pool.stats()).toMatchObject({ workers: 0, idle: 0, busy: 0 });
    await until(() => leftOver(before).length === 0);
    expect(workers.filter(livesOn)).toEqual([]);
  });

  test("refuses bad options by rejecting", async () => {
    await using pool = create();
    const cases: [object, typeof TypeError | typeof RangeError, string][] = [
      [{ wait: 1 }, TypeError, "`wait`"],
      [{ cancelFutures: "yes" }, TypeError, "`cancelFutures`"],
      [{ timeout: -1 }, RangeError, "`timeout`"],
      [{ timeout: "1" }, TypeError, "`timeout`"],
      [{ timeout: Number.NaN }, TypeError, "`timeout`"],
      [{ force: true }, TypeError, "`force`"],
    ];
    for (const [options, errorClass, name] of cases) {
      const error = await rejection(pool.shutdown(options));
      expect(error).toBeInstanceOf(errorClass);
      expect(error.message).toContain(name);
    }
    expect(await rejection(pool.shutdown(null as unknown as object))).toBeInstanceOf(TypeError);
    // None of them has closed it.
    expect(await pool.run(double, 1)).toBe(2);
  });

  test("takes a timeout longer than Node's timers, or none at all", async () => {
    for (const timeout of [2 ** 31, Infinity, 1e12]) {
      const pool = create({ maxWorkers: 1 });
      const future = pool.submit(double, 1);
      await pool.shutdown({ timeout });
      expect(future.resultNow()).toBe(2);
    }
  });

  test("while workers are starting lets them do what was submitted", async () => {
    const pool = create({ minWorkers: 2 });
    const future = pool.submit(double, 4);
    await pool.shutdown();
    expect(future.resultNow()).toBe(8);
    const idle = create({ minWorkers: 2 });
    await idle.shutdown();
    expect(idle.stats().workers).toBe(0);
  });

  test("in a callback of the last Future comes to an end", async () => {
    const pool = create();
    const closed = new Promise<void>((resolve, reject) => {
      pool.submit(double, 1).addDoneCallback(() => void pool.shutdown().then(resolve, reject));
    });
    await closed;
    expect(pool.stats()).toMatchObject({ workers: 0, completed: 1 });
  });
});

describe.each(pools)("$name: terminateWorkers, killWorkers", ({ create }) => {
  const methods = ["terminateWorkers", "killWorkers"] as const;

  test.each(methods)(
    "%s ends running tasks and settles every Future (C117, C118, C120)",
    async (end) => {
      const before = resources();
      const pool = create();
      using gate = new Gate();
      const futures = upTo(20).map((i) => pool.submit(blockAt, gate.path, `${i}`));
      await gate.arrived(2);
      const ended = pool[end]();
      for (const future of futures) {
        expect(future.cancelled()).toBe(true);
        const error = await failureOf(future);
        expect(error).toBeInstanceOf(CancelledError);
        expect(error.cause).toBeInstanceOf(ExecutorShutdownError);
      }
      await ended;
      expect(gate.started).toHaveLength(2);
      expect(pool.stats()).toMatchObject({ workers: 0, cancelled: 20, queued: 0, running: 0 });
      await until(() => leftOver(before).length === 0);
    },
  );

  test.each(methods)("%s makes submit throw (C123)", async (end) => {
    const pool = create();
    const worker = await pool.run(whoAmI);
    const ended = pool[end]();
    expect(thrownBy(() => pool.submit(double, 1))).toBeInstanceOf(ExecutorShutdownError);
    await ended;
    expect(livesOn(worker)).toBe(false);
    await pool.shutdown();
  });

  test.each(methods)("%s does nothing where nothing is left to end (C121, C122)", async (end) => {
    const unused = create();
    await unused[end]();
    const closed = create();
    await closed.run(double, 1);
    await closed.shutdown();
    await closed[end]();
    await closed[end]();
    const broken = create({
      initializer: () => {
        throw new Error("broken");
      },
    });
    await failureOf(broken.submit(double, 1));
    await broken[end]();
    await broken.shutdown();
    expect([unused, closed, broken].map((pool) => pool.stats().workers)).toEqual([0, 0, 0]);
  });

  test.each(methods)("%s keeps the outcomes that have arrived", async (end) => {
    const pool = create();
    const done = pool.submit(double, 1);
    const failed = pool.submit(fail, "as it should");
    const failure = failureOf(failed);
    await wait([done, failed]);
    await pool[end]();
    expect(done.resultNow()).toBe(2);
    expect((await failure).message).toBe("as it should");
  });

  test.each(methods)("%s ends workers that are starting", async (end) => {
    const pool = create({ minWorkers: 2 });
    const future = pool.submit(double, 1);
    await pool[end]();
    expect(future.cancelled()).toBe(true);
    expect(pool.stats().workers).toBe(0);
  });
});

describe("ProcessPoolExecutor: signals", () => {
  const { create } = pools[1]!;

  test("terminateWorkers sends SIGTERM first, and SIGKILL after killGrace (C117, C118)", async () => {
    using gate = new Gate();
    const pool = create({ maxWorkers: 1, killGrace: 1 });
    await pool.run(noteSignalsAt, gate.path);
    const [pid] = (await pool.run(whoAmI)).split(":");
    // Node tells listeners of signals in its event loop, which this call leaves free.
    pool.submit(holdAt, gate.path, "held");
    await gate.arrived(1);
    await pool.terminateWorkers();
    expect(isAlive(Number(pid))).toBe(false);
  });

  test("terminateWorkers lets a worker handle SIGTERM", async () => {
    using gate = new Gate();
    const pool = create({ maxWorkers: 1, killGrace: 2 ** 31 - 1 });
    const [pid] = (await pool.run(whoAmI)).split(":");
    await pool.run(noteSignalsAt, gate.path);
    pool.submit(holdAt, gate.path, "held");
    await gate.arrived(1);
    const ended = pool.terminateWorkers();
    await until(() => gate.started.includes("SIGTERM"));
    process.kill(Number(pid), "SIGKILL");
    await ended;
    expect(pool.stats()).toMatchObject({ workers: 0, crashes: 0 });
  });

  test("killWorkers sends SIGKILL, which nobody can handle (C118)", async () => {
    using gate = new Gate();
    const pool = create({ maxWorkers: 1, killGrace: 2 ** 31 - 1 });
    await pool.run(noteSignalsAt, gate.path);
    pool.submit(noteAt, gate.path, "ran");
    await pool.killWorkers();
    expect(gate.started).not.toContain("SIGTERM");
  });
});

/** Whether the process of a worker, as `whoAmI` gives it, is there; a thread's is this one. */
function livesOn(worker: string): boolean {
  const pid = Number.parseInt(worker, 10);
  return pid !== process.pid && isAlive(pid);
}

function repeat<T>(value: T, count: number): T[] {
  return Array.from({ length: count }, () => value);
}
