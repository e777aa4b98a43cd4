import { cpuCount, ThreadPoolExecutor, type ProcessPoolExecutor } from "@concurrent/executor";
import { expectTypeOf, describe, expect, test } from "vitest";
import { checkOptions } from "../dist/options.js";
import { thrownBy } from "./support/outcomes.ts";

describe("checkOptions", () => {
  test("fills in what was not given", () => {
    expect(checkOptions({}, "thread", "ThreadPoolExecutor")).toMatchObject({
      maxWorkers: cpuCount(),
      minWorkers: 0,
      idleTimeout: 60_000,
      initializer: undefined,
      initargs: [],
      maxTasksPerChild: Infinity,
      killGrace: 500,
      name: "ThreadPoolExecutor",
      submitStack: "auto",
    });
  });

  test("takes every value at the edge of what is allowed", () => {
    const options = {
      maxWorkers: 1,
      minWorkers: 1,
      idleTimeout: 0,
      maxTasksPerChild: 1,
      killGrace: 0,
      initargs: [] as unknown[],
      name: "",
      submitStack: "never" as const,
    };
    expect(checkOptions(options, "process", "ProcessPoolExecutor")).toMatchObject(options);
    expect(checkOptions({ idleTimeout: Infinity }, "thread", "x").idleTimeout).toBe(Infinity);
    const unlimited = checkOptions({ maxTasksPerChild: Infinity }, "thread", "x");
    expect(unlimited.maxTasksPerChild).toBe(Infinity);
  });

  test("copies initargs, so that the caller's array may change", () => {
    const initargs = [1];
    const checked = checkOptions({ initargs }, "thread", "x");
    initargs.push(2);
    expect(checked.initargs).toEqual([1]);
  });

  test("shows the value that it refuses, and its type", () => {
    expect(refusal({ maxWorkers: "4" })).toBe(
      "`maxWorkers` must be an integer of at least 1, got '4' (string)",
    );
    expect(refusal({ maxWorkers: 0 })).toBe("`maxWorkers` must be at least 1, got 0");
    expect(refusal({ minWorkers: 3, maxWorkers: 2 })).toBe(
      "`minWorkers` must not exceed `maxWorkers` (2), got 3",
    );
    expect(refusal({ initializer: 5 })).toBe("`initializer` must be a function, got 5 (number)");
    expect(refusal({ idleTimeout: -1 })).toContain("`idleTimeout` must");
  });
});

describe("types", () => {
  test("of submit, run and map follow the function", () => {
    expect(checkTypes).toBeTypeOf("function");
  });
});

function initializer(n: number, name: string): string {
  return name.repeat(n);
}

/** Never called: only compiled. */
async function checkTypes(pool: ThreadPoolExecutor | ProcessPoolExecutor): Promise<void> {
  const future = pool.submit(async (x: number) => `${x}`, 1);
  expectTypeOf(await future.result()).toEqualTypeOf<string>();
  expectTypeOf(await pool.run((x: number) => x > 1, 1)).toEqualTypeOf<boolean>();
  const results = pool.map((x: number, y: string) => y.repeat(x), [1], new Set(["a"]));
  expectTypeOf(await results.toArray()).toEqualTypeOf<string[]>();
  // @ts-expect-error -- an argument of the wrong type
  pool.submit((x: number) => x, "1");
  // @ts-expect-error -- an argument too few
  pool.submit((x: number) => x);
  // @ts-expect-error -- an iterable of the wrong type
  pool.map((x: number) => x, ["1"]);
  void new ThreadPoolExecutor({ initializer, initargs: [1, "a"] });
  // @ts-expect-error -- arguments of the initializer of the wrong type
  void new ProcessPoolExecutor({ initializer, initargs: ["1", "a"] });
  // @ts-expect-error -- an option of processes
  void new ThreadPoolExecutor({ cwd: "/" });
  // @ts-expect-error -- no such option
  pool.withOptions({ chunkSize: 1 });
  // @ts-expect-error -- views end nothing
  await pool.withOptions({}).shutdown();
}

/** What is said of bad options. */
function refusal(options: object): string {
  return thrownBy(() => checkOptions(options, "thread", "ThreadPoolExecutor")).message;
}
