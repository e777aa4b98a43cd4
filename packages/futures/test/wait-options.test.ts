import { getEventListeners } from "node:events";
import {
  asCompleted,
  CancelledError,
  Future,
  InlineExecutor,
  TimeoutError,
  wait,
} from "@concurrent/futures";
import type { WaitOptions } from "@concurrent/futures";
import { afterEach, describe, expect, test, vi } from "vitest";
import { rejection, succeeded } from "./support/futures.ts";

/** Everything that waits for a Future, as one promise. */
const waits: Record<string, (future: Future<number>, options: WaitOptions) => Promise<unknown>> = {
  result: (future, options) => future.result(options),
  exception: (future, options) => future.exception(options),
  wait: (future, options) => wait([future], options),
  asCompleted: async (future, options) => asCompleted([future], options).next(),
};

afterEach(() => {
  vi.useRealTimers();
});

describe.each(Object.entries(waits))("%s", (_, waitFor) => {
  test.each([-1, Number.NaN, -Infinity])("rejects a timeout of %d", async (timeout) => {
    const error = await rejection(waitFor(succeeded(1), { timeout }));
    expect(error).toBeInstanceOf(RangeError);
    expect(error).toMatchObject({ message: expect.stringContaining(`got ${timeout} (number)`) });
  });

  test.each(["10", null, 1n, {}])("rejects a timeout of %o", async (timeout) => {
    const options = { timeout } as unknown as WaitOptions;
    expect(await rejection(waitFor(succeeded(1), options))).toBeInstanceOf(TypeError);
  });

  test.each([null, "signal", {}])("rejects a signal of %o", async (signal) => {
    const options = { signal } as unknown as WaitOptions;
    expect(await rejection(waitFor(succeeded(1), options))).toBeInstanceOf(TypeError);
  });

  test("rejects options that are none", async () => {
    expect(await rejection(waitFor(succeeded(1), 10 as WaitOptions))).toBeInstanceOf(TypeError);
    expect(await rejection(waitFor(succeeded(1), null as never))).toBeInstanceOf(TypeError);
  });

  test("rejects at once when the signal has aborted, even if the Future is done", async () => {
    const signal = AbortSignal.abort("before");
    for (const future of [succeeded(1), new Future<number>()]) {
      const error = await rejection(waitFor(future, { signal, timeout: 1000 }));
      expect(error).toBeInstanceOf(CancelledError);
      expect(error).toMatchObject({ cause: "before" });
    }
  });

  test("leaves no timer and no listener behind when the Future is done", async () => {
    vi.useFakeTimers();
    const { signal } = new AbortController();
    const future = new Future<number>();
    const waiting = waitFor(future, { timeout: 1000, signal });
    expect(vi.getTimerCount()).toBe(1);
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    future.setResult(1);
    await waiting;
    expect(vi.getTimerCount()).toBe(0);
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });

  test("leaves no timer and no listener behind when it is aborted", async () => {
    vi.useFakeTimers();
    const controller = new AbortController();
    const waiting = rejection(waitFor(new Future(), { timeout: 1000, signal: controller.signal }));
    controller.abort();
    expect(await waiting).toBeInstanceOf(CancelledError);
    expect(vi.getTimerCount()).toBe(0);
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
  });

  test("leaves no listener behind when time is up", async () => {
    vi.useFakeTimers();
    const { signal } = new AbortController();
    const waiting = Promise.allSettled([waitFor(new Future(), { timeout: 1000, signal })]);
    vi.advanceTimersByTime(1000);
    await waiting;
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });

  test("waits longer than a timer can", async () => {
    vi.useFakeTimers();
    const future = new Future<number>();
    const timeout = 2 ** 31 * 2.5;
    let settled = false;
    const waiting = Promise.allSettled([waitFor(future, { timeout })]).finally(() => {
      settled = true;
    });
    await vi.advanceTimersByTimeAsync(timeout - 1);
    expect(settled).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await waiting;
    expect(vi.getTimerCount()).toBe(0);
  });

  test("without limit starts no timer", () => {
    vi.useFakeTimers();
    const future = new Future<number>();
    void waitFor(future, { timeout: Infinity });
    void waitFor(future, {});
    expect(vi.getTimerCount()).toBe(0);
    future.setResult(1);
  });
});

test("a thousand waits on one signal are no leak to warn of", async () => {
  const warnings: Error[] = [];
  const onWarning = (warning: Error): void => {
    warnings.push(warning);
  };
  process.on("warning", onWarning);
  const controller = new AbortController();
  const { signal } = controller;
  const future = new Future<number>();
  const results = Array.from({ length: 1000 }, () => rejection(future.result({ signal })));
  const unfinished = asCompleted([future], { signal });
  const step = rejection(unfinished.next());
  expect(getEventListeners(signal, "abort")).toHaveLength(1);
  controller.abort("all");
  for (const error of await Promise.all(results)) expect(error).toMatchObject({ cause: "all" });
  expect(await step).toMatchObject({ cause: "all" });
  await new Promise(setImmediate);
  process.off("warning", onWarning);
  expect(warnings).toEqual([]);
  expect(getEventListeners(signal, "abort")).toHaveLength(0);
});

test("one wait that ends leaves the others of its signal and its Future waiting", async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const future = new Future<number>();
  const other = rejection(new Future<number>().result({ signal }));
  const timedOut = rejection(future.result({ timeout: 1, signal }));
  const waiting = future.result({ signal });
  expect(await timedOut).toBeInstanceOf(TimeoutError);
  expect(await timedOut).toMatchObject({ message: "the call was not done within 1 ms" });
  future.setResult(1);
  await expect(waiting).resolves.toBe(1);
  controller.abort("late");
  expect(await other).toMatchObject({ cause: "late" });
});

test("a wait that another listener of its signal has ended is not told of the abort", async () => {
  const controller = new AbortController();
  const { signal } = controller;
  await using executor = new InlineExecutor();
  const task = executor.withOptions({ signal }).submit(() => 1);
  const iterator = asCompleted([task, new Future()], { signal });
  const step = iterator.next();
  controller.abort("enough");
  expect(await step).toEqual({ done: false, value: task });
  expect(await rejection(iterator.next())).toMatchObject({ cause: "enough" });
});
