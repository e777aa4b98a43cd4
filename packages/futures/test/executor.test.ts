import { ExecutorShutdownError, InlineExecutor } from "@concurrent/futures";
import type { Executor, ExecutorView, Future, MapResult } from "@concurrent/futures";
import { describe, expect, expectTypeOf, test } from "vitest";
import { rejection } from "./support/futures.ts";
import { ManualExecutor } from "./support/manual-executor.ts";

const add = (a: number, b: number): number => a + b;
const repeat = async (text: string, times: number): Promise<string[]> => [text.repeat(times)];
const sumWith = (executor: ExecutorView): Promise<number> => executor.run(add, 1, 2);

async function* texts(): AsyncGenerator<string> {
  yield "a";
}

describe("submit", () => {
  test("hands over the function and its arguments (C001)", () => {
    const executor = new ManualExecutor();
    const future = executor.submit(Math.pow, 2, 8);
    executor.finish(0);
    expect(future.resultNow()).toBe(256);
  });

  test("hands over arguments that look like options (C003)", () => {
    const executor = new ManualExecutor();
    const call = { self: 2, fn: 3, timeout: 4 };
    const future = executor.submit((...args: unknown[]) => args, 1, call);
    executor.finish(0);
    expect(future.resultNow()).toEqual([1, call]);
  });

  test.each([undefined, null, 1, "fn", { fn: add }])(
    "throws for %o, which is not a function (C004, C005)",
    (fn) => {
      const executor = new ManualExecutor();
      expect(() => executor.submit(fn as never)).toThrow(TypeError);
      expect(() => executor.submit(fn as never)).toThrow(/^`fn` must be a function, got /u);
      expect(executor.calls).toEqual([]);
    },
  );

  test("throws after shutdown", async () => {
    const executor = new ManualExecutor();
    await executor.shutdown();
    expect(() => executor.submit(add, 1, 2)).toThrow(ExecutorShutdownError);
    expect(() => executor.submit(add, 1, 2)).toThrow("cannot schedule new futures after shutdown");
  });

  test("checks the arguments against the function and knows the result", () => {
    const executor = new ManualExecutor();
    expectTypeOf(executor.submit(add, 1, 2)).toEqualTypeOf<Future<number>>();
    expectTypeOf(executor.submit(async (text: string) => text.length, "a")).toEqualTypeOf<
      Future<number>
    >();
    expectTypeOf(executor.submit(<V>(value: V) => [value], "a")).toEqualTypeOf<Future<string[]>>();
    // @ts-expect-error an argument is missing
    executor.submit(add, 1);
    // @ts-expect-error an argument is of the wrong type
    executor.submit(add, 1, "2");
    // @ts-expect-error an argument too many
    executor.submit(add, 1, 2, 3);
  });
});

describe("run", () => {
  test("gives the value", async () => {
    const executor = new ManualExecutor();
    const sum = executor.run(add, 1, 2);
    executor.finish(0);
    expectTypeOf(sum).toEqualTypeOf<Promise<number>>();
    await expect(sum).resolves.toBe(3);
  });

  test("rejects instead of throwing", async () => {
    const executor = new ManualExecutor();
    expect(await rejection(executor.run(1 as never))).toBeInstanceOf(TypeError);
    await executor.shutdown();
    expect(await rejection(executor.run(add, 1, 2))).toBeInstanceOf(ExecutorShutdownError);
  });
});

describe("withOptions", () => {
  test("gives views whose options merge, the later wins", async () => {
    const executor = new ManualExecutor();
    const view = executor.withOptions({ name: "outer", timeout: 10 });
    view.submit(add, 1, 2);
    void view.withOptions({ name: "inner" }).run(add, 1, 2);
    view.withOptions({ timeout: undefined }).map(add, [1], [2]);
    executor.submit(add, 1, 2);
    expect(executor.calls.map(({ options }) => options)).toEqual([
      { name: "outer", timeout: 10 },
      { name: "inner", timeout: 10 },
      { name: "outer", timeout: undefined },
      {},
    ]);
  });

  test("keeps the options as they were given", () => {
    const executor = new ManualExecutor();
    const options = { name: "before" };
    const view = executor.withOptions(options);
    options.name = "after";
    view.submit(add, 1, 2);
    expect(executor.calls[0]?.options).toEqual({ name: "before" });
  });

  test("refuses an option that the executor does not know, naming those that it knows", () => {
    const executor = new ManualExecutor();
    const message =
      "ManualExecutor does not know the option `priority`; it knows timeout, name, chunksize, buffersize";
    expect(() => executor.withOptions({ priority: 1 })).toThrow(new TypeError(message));
    expect(() => executor.withOptions({ name: "a" }).withOptions({ priority: 1 })).toThrow(message);
    // @ts-expect-error misspelt
    expect(() => executor.withOptions({ timeOut: 1 })).toThrow(TypeError);
    expect(() => executor.withOptions({ priority: undefined })).not.toThrow();
    expect(() => executor.withOptions(null as never)).toThrow(TypeError);
  });

  test("gives no way to shut down the executor", () => {
    const view = new ManualExecutor().withOptions({});
    expectTypeOf(view).toEqualTypeOf<ExecutorView>();
    expect("shutdown" in view).toBe(false);
    expect(Symbol.asyncDispose in view).toBe(false);
  });

  test.each([
    ["buffersize", "foo", TypeError],
    ["buffersize", 2.5, TypeError],
    ["buffersize", null, TypeError],
    ["buffersize", 0, RangeError],
    ["buffersize", -1, RangeError],
    ["chunksize", "foo", TypeError],
    ["chunksize", Infinity, TypeError],
    ["chunksize", 0, RangeError],
    ["chunksize", -1, RangeError],
  ] as const)("refuses %s %o (C010, C011)", (name, value, errorClass) => {
    const refused = (): unknown => new ManualExecutor().withOptions({ [name]: value });
    expect(refused).toThrow(errorClass);
    expect(refused).toThrow(`\`${name}\` must be a positive integer, got `);
  });
});

describe("an executor", () => {
  test("shuts down at the end of an await using block (C132)", async () => {
    let seen: ManualExecutor | undefined;
    {
      await using executor = new ManualExecutor();
      seen = executor;
      expect(executor.closed).toBe(false);
    }
    expect(seen.closed).toBe(true);
  });

  test("can be what a function asks for, without saying which", async () => {
    await using executor: Executor = new InlineExecutor();
    await expect(sumWith(executor)).resolves.toBe(3);
    await expect(sumWith(executor.withOptions({ name: "sum" }))).resolves.toBe(3);
  });

  test("map is typed by the parameters of its function", () => {
    const executor = new ManualExecutor();
    expectTypeOf(executor.map(add, [1], new Set([2]))).toEqualTypeOf<MapResult<number>>();
    expectTypeOf(executor.map(repeat, texts(), [2])).toEqualTypeOf<MapResult<string[]>>();
    expectTypeOf(executor.map((x: number) => x, [1]).toArray()).toEqualTypeOf<Promise<number[]>>();
    expectTypeOf(executor.map((x, y) => x + y, [1], [2])).toEqualTypeOf<MapResult<number>>();
    expectTypeOf(executor.map(Number.parseInt, ["1"])).toEqualTypeOf<MapResult<number>>();
    expectTypeOf(executor.map(Math.max, [1], [2], [3])).toEqualTypeOf<MapResult<number>>();
    // @ts-expect-error items of the wrong type
    executor.map(add, [1], ["2"]);
    // @ts-expect-error an iterable is missing
    executor.map(add, [1]);
  });
});
