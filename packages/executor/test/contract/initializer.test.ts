import { BrokenExecutorError, SerializationError } from "@concurrent/futures";
import { describe, expect, test } from "vitest";
import { pools } from "../support/executors.ts";
import { Gate } from "../support/gate.ts";
import { jobs, references } from "../support/jobs.ts";
import { failureOf, rejection, thrownBy, upTo } from "../support/outcomes.ts";

const {
  blockAt,
  callNumber,
  double,
  exitWhileInitializing,
  failToInitialize,
  initialize,
  initializeAt,
  initialized,
  initializeLater,
  tellAt,
} = jobs;

describe.concurrent.each(pools)("$name: initializer", ({ create, Broken }) => {
  test("runs in each worker before its first task, with initargs, and once (C075, C148)", async () => {
    await using pool = create({ initializer: initialize, initargs: ["a", new Map([[1, 2]])] });
    using gate = new Gate();
    const held = ["x", "y"].map((label) => pool.submit(tellAt, gate.path, label));
    await gate.arrived(2);
    gate.open();
    const workers = await Promise.all(held.map((future) => future.result()));
    expect(new Set(workers).size).toBe(2);
    for (let i = 0; i < 20; i++) {
      expect(await pool.run(initialized)).toEqual(["a", new Map([[1, 2]])]);
    }
  });

  test("changes the modules of its worker and not those of the parent (C149)", async () => {
    await using pool = create({ initializer: initialize, initargs: ["there"] });
    expect(await pool.run(initialized)).toEqual(["there"]);
    expect(initialized()).toEqual([]);
  });

  test("is awaited when it is asynchronous", async () => {
    await using pool = create({ initializer: initializeLater, initargs: ["later"] });
    expect(await pool.run(initialized)).toEqual(["later"]);
  });

  test("may be written in place, or named by taskModule", async () => {
    await using inPlace = create({
      initializer: (value: number) => Object.assign(globalThis, { answer: value }),
      initargs: [42],
    });
    expect(await inPlace.run(() => (globalThis as { answer?: number }).answer)).toBe(42);
    await using named = create({ initializer: references.jobs.initialize, initargs: ["named"] });
    expect(await named.run(initialized)).toEqual(["named"]);
  });

  test("runs in the workers that replace others, too", async () => {
    using gate = new Gate();
    await using pool = create({
      maxWorkers: 1,
      maxTasksPerChild: 1,
      initializer: initializeAt,
      initargs: [gate.path, "started"],
    });
    for (let i = 0; i < 3; i++) expect((await pool.run(callNumber)).number).toBe(1);
    expect(gate.started.length).toBeGreaterThanOrEqual(3);
  });

  test("gets initargs as they were when the pool was made", async () => {
    const list = [1];
    await using pool = create({ initializer: initialize, initargs: [list] });
    list.push(2);
    expect(await pool.run(initialized)).toEqual([[1]]);
  });

  test("that throws breaks the pool, and every Future has an error of its own (C076, C098, C152)", async () => {
    await using pool = create({ initializer: failToInitialize, initargs: ["no database"] });
    const futures = upTo(5).map((i) => pool.submit(double, i));
    const errors = await Promise.all(futures.map(failureOf));
    expect(new Set(errors).size).toBe(5);
    for (const error of errors) {
      expect(error).toBeInstanceOf(Broken);
      expect(error).toBeInstanceOf(BrokenExecutorError);
      expect(error).toMatchObject({ code: "ERR_EXECUTOR_BROKEN" });
      expect(error.message).toContain("no database");
      expect(error.cause).toBeInstanceOf(RangeError);
      expect((error.cause as Error).stack).toContain("failToInitialize");
    }
  });

  test("that throws makes submit and map throw from then on, and run reject (C077)", async () => {
    await using pool = create({ initializer: failToInitialize, initargs: ["no database"] });
    await failureOf(pool.submit(double, 1));
    const errors = [
      thrownBy(() => pool.submit(double, 1)),
      thrownBy(() => pool.submit(double, 1)),
      thrownBy(() => pool.map(double, [1])),
      await rejection(pool.run(double, 1)),
    ];
    for (const error of errors) expect(error).toBeInstanceOf(Broken);
    expect(new Set(errors).size).toBe(4);
    await pool.shutdown();
    expect(pool.stats().workers).toBe(0);
  });

  test("that rejects breaks the pool just the same", async () => {
    await using pool = create({
      initializer: async (message: string) => {
        await Promise.resolve();
        throw new TypeError(message);
      },
      initargs: ["later on"],
    });
    const error = await failureOf(pool.submit(double, 1));
    expect(error).toBeInstanceOf(Broken);
    expect(error.cause).toBeInstanceOf(TypeError);
  });

  test("that cannot be loaded breaks the pool, with the reason (C152)", async () => {
    await using pool = create({ initializer: references.throwsOnLoad.never });
    const error = await failureOf(pool.submit(double, 1));
    expect(error).toBeInstanceOf(Broken);
    expect((error.cause as Error).message).toContain("throws-on-load.js failed to load");
  });

  test("that throws in one worker breaks the pool for the tasks of the others", async () => {
    await using pool = create({
      initializer: (path: string) => {
        // Only the first worker finds the folder empty.
        process.getBuiltinModule("node:fs").mkdirSync(path);
      },
      initargs: [`${new URL(import.meta.url).pathname}.not-a-folder/x`],
    });
    expect(await failureOf(pool.submit(double, 1))).toBeInstanceOf(Broken);
  });

  test("that cannot travel is refused, with what it captures (C150, C151)", async () => {
    const secret = Number("1");
    const closure = (): number => secret;
    const bound = initialize.bind(undefined, 1);
    for (const initializer of [closure, bound]) {
      const error = await refusalOf(() => create({ initializer }));
      expect(error).toBeInstanceOf(SerializationError);
    }
    const badArgument = await refusalOf(() =>
      create({ initializer: initialize, initargs: [closure] }),
    );
    expect(badArgument).toBeInstanceOf(SerializationError);
  });

  test("that ends its worker breaks the pool in the end, instead of for ever trying again (C173)", async () => {
    await using pool = create({ maxWorkers: 1, initializer: exitWhileInitializing });
    const error = await failureOf(pool.submit(double, 1));
    expect(error).toBeInstanceOf(Broken);
    expect(error.message).toContain("exit code 3");
    expect(thrownBy(() => pool.submit(double, 1))).toBeInstanceOf(Broken);
  });

  test("that fails in a pool that is shut down already still settles what was submitted", async () => {
    const pool = create({ initializer: failToInitialize, initargs: ["too late"] });
    const future = pool.submit(double, 1);
    const closed = pool.shutdown();
    expect(await failureOf(future)).toBeInstanceOf(Broken);
    await closed;
  });

  test("that fails in a later worker ends the running tasks of the earlier ones as well", async () => {
    using gate = new Gate();
    using once = new Gate();
    await using pool = create({
      initializer: (folder: string) => {
        process.getBuiltinModule("node:fs").mkdirSync(`${folder}/taken`);
      },
      initargs: [once.path],
    });
    const running = pool.submit(blockAt, gate.path, "running");
    await gate.arrived(1);
    const waiting = pool.submit(double, 1);
    for (const future of [running, waiting]) {
      const error = await failureOf(future);
      expect(error).toBeInstanceOf(Broken);
      expect(error.cause).toMatchObject({ code: "EEXIST" });
    }
  });
});

/** What the constructor throws, or what the first call fails with: a lookup may take its time. */
async function refusalOf(make: () => ReturnType<(typeof pools)[0]["create"]>): Promise<unknown> {
  let pool;
  try {
    pool = make();
  } catch (error) {
    return error;
  }
  const { cause } = await rejection(pool.run(double, 1));
  await pool.shutdown();
  return cause;
}
