import { join } from "node:path";
import { SerializationError } from "@concurrent/futures";
import { describe, expect, test } from "vitest";
import { executors, pools } from "../support/executors.ts";
import { commonjs, jobs, references } from "../support/jobs.ts";
import { failureOf, rejection, thrownBy, upTo } from "../support/outcomes.ts";

const { add, double, power, whoAmI } = jobs;

const NOT_FUNCTIONS: unknown[] = [undefined, null, 42, "double", {}, [double]];

describe.concurrent.each(executors)("$name: submit", ({ create }) => {
  test("gives the Future of what the function returns (C001)", async () => {
    await using executor = create();
    const future = executor.submit(Math.pow, 2, 8);
    expect(future.done()).toBe(false);
    expect(await future.result()).toBe(256);
    expect(future.state).toBe("finished");
    expect(await future.exception()).toBeUndefined();
  });

  test("passes every argument on, an object of options as the last (C002, C003)", async () => {
    await using executor = create();
    const seen = executor.submit((...args: unknown[]) => args, 1, { self: 2, fn: 3 }, undefined);
    expect(await seen.result()).toEqual([1, { self: 2, fn: 3 }, undefined]);
    expect(await executor.run((...args: unknown[]) => args.length)).toBe(0);
  });

  test("awaits the promise that a function returns", async () => {
    await using executor = create();
    expect(await executor.submit(add, 20, 22).result()).toBe(42);
    const seven = executor.submit(() => ({
      // oxlint-disable-next-line unicorn/no-thenable -- a thenable that is no Promise
      then: (resolve: (value: number) => void) => resolve(7),
    }));
    expect(await seven.result()).toBe(7);
  });

  test("throws a TypeError at once for what is no function (C004, C005)", async () => {
    await using executor = create();
    for (const value of NOT_FUNCTIONS) {
      const error = thrownBy(() => executor.submit(value as () => void));
      expect(error).toBeInstanceOf(TypeError);
      expect(error.message).toContain("`fn` must be a function");
    }
    expect(await executor.run(double, 4)).toBe(8);
  });

  test("run gives the value, and rejects where submit throws", async () => {
    const executor = create();
    expect(await executor.run(double, 21)).toBe(42);
    for (const value of NOT_FUNCTIONS) {
      const promise = executor.run(value as () => void);
      expect(await rejection(promise)).toBeInstanceOf(TypeError);
    }
    await executor.shutdown();
    const late = executor.run(double, 1);
    expect(await rejection(late)).toMatchObject({ code: "ERR_EXECUTOR_SHUTDOWN" });
  });

  test("takes 10,000 calls at once, and never waits (C095)", async () => {
    await using executor = create();
    const futures = upTo(10_000).map((x) => executor.submit(double, x));
    const results = await Promise.all(futures.map((future) => future.result()));
    expect(results).toEqual(upTo(10_000).map((x) => x * 2));
  });
});

describe.concurrent.each(pools)("$name: functions", ({ create }) => {
  test("runs calls elsewhere", async () => {
    await using pool = create();
    expect(await pool.run(whoAmI)).not.toBe(whoAmI());
  });

  test("sends what a module exports, ESM or CommonJS, and what lies in exported objects", async () => {
    await using pool = create();
    expect(await pool.run(power, 2, 10)).toBe(1024);
    expect(await pool.run(commonjs.addOffset, 1)).toBe(101);
    expect(await pool.run(commonjs.nested.subtractOffset, 1)).toBe(-99);
  });

  test("sends functions that are written where they are used, of every form", async () => {
    await using pool = create();
    expect(await pool.run((x: number) => x + 1, 1)).toBe(2);
    expect(
      await pool.run(function named(x: number): number {
        return x <= 1 ? 1 : x * named(x - 1);
      }, 5),
    ).toBe(120);
    expect(await pool.run(async (x: number) => x * (await Promise.resolve(3)), 4)).toBe(12);
    const methods = {
      shout(this: void, text: string) {
        return text.toUpperCase();
      },
    };
    expect(await pool.run(methods.shout, "quiet")).toBe("QUIET");
    expect(await pool.run(() => process.pid > 0 && typeof setTimeout)).toBe("function");
  });

  test("sends functions of the language and of Node by name", async () => {
    await using pool = create();
    expect(await pool.run(Math.max, 1, 9, 3)).toBe(9);
    expect(await pool.run(JSON.stringify, { a: [1] })).toBe('{"a":[1]}');
    expect(await pool.run(join, "a", "b")).toBe(join("a", "b"));
    expect(await pool.run(Number.parseInt, "42", 10)).toBe(42);
    expect(await pool.run(structuredClone<number[]>, [1])).toEqual([1]);
  });

  test("sends references made by taskModule", async () => {
    await using pool = create();
    expect(await pool.run(references.jobs.double, 8)).toBe(16);
    expect(await pool.run(references.commonjs.addOffset, 8)).toBe(108);
    expect(await pool.run(references.path.posix.join, "a", "b")).toBe("a/b");
  });

  test("refuses a function that captures variables, on its Future, and says which (C153)", async () => {
    await using pool = create();
    const factor = Number("3");
    const captures = (x: number) => x * factor;
    const error = await failureOf(pool.submit(captures, 1));
    expect(error).toBeInstanceOf(SerializationError);
    expect(error).toMatchObject({ code: "ERR_EXECUTOR_SERIALIZATION" });
    expect(error.message).toContain("factor");
    expect(error.message).toContain("captures");
    expect(await pool.run(double, 1)).toBe(2);
  });

  test("refuses classes, bound functions and proxies, on their Futures (C154, C155)", async () => {
    await using pool = create();
    class Job {
      value = 1;
    }
    const refused: [unknown, string][] = [
      [Job, "class"],
      [double.bind(undefined, 2), "bound"],
      [new Proxy(double, {}), "Proxy"],
      [Reflect.construct(Function, []).bind(null), "bound"],
    ];
    for (const [fn, word] of refused) {
      const error = await failureOf(pool.submit(fn as () => void));
      expect(error).toBeInstanceOf(SerializationError);
      expect(error.message).toContain(word);
    }
    expect(await pool.run(double, 1)).toBe(2);
  });

  test("fails only the calls whose module throws on load, with its error as the cause", async () => {
    await using pool = create({ maxWorkers: 1 });
    const { never } = references.throwsOnLoad;
    const before = pool.submit(whoAmI);
    const futures = [pool.submit(never), pool.submit(never)];
    const after = pool.submit(whoAmI);
    for (const future of futures) {
      const error = await failureOf(future);
      expect(error.message).toContain("throws-on-load.js failed to load in the worker");
      expect(error).toMatchObject({ code: "ERR_PICKLE_MODULE_LOAD" });
      expect(error.cause).toBeInstanceOf(RangeError);
      expect((error.cause as Error).message).toBe("this module does not want to be loaded");
    }
    expect(await after.result()).toBe(await before.result());
  });

  test("fails only the call whose module has no such export", async () => {
    await using pool = create({ maxWorkers: 1 });
    const { missing } = references.jobs as unknown as Record<string, () => void>;
    const worker = await pool.run(whoAmI);
    const error = await failureOf(pool.submit(missing!));
    expect(error.message).toContain("jobs.js has no function missing, here in the worker");
    expect(error).toMatchObject({ code: "ERR_PICKLE_MISSING_EXPORT" });
    expect(await pool.run(whoAmI)).toBe(worker);
  });

  test("gives this to nobody", async () => {
    await using pool = create();
    const seen = await pool.run(function (this: unknown) {
      return this === undefined;
    });
    expect(seen).toBe(true);
  });

  test("names the task after its function in texts, or as withOptions says", async () => {
    await using pool = create();
    const plain = await failureOf(pool.submit(() => Promise.reject(new Error("a"))));
    expect(plain.stack).toContain(`(task "(anonymous)")`);
    const named = await failureOf(pool.submit(throwsPlainly));
    expect(named.stack).toContain(`(task "throwsPlainly")`);
    const view = pool.withOptions({ name: "nightly report" });
    const chosen = await failureOf(view.submit(throwsPlainly));
    expect(chosen.stack).toContain(`(task "nightly report")`);
  });
});

function throwsPlainly(): never {
  throw new Error("plainly");
}
