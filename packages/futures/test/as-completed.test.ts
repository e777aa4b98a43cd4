import { asCompleted, CancelledError, Future, TimeoutError } from "@concurrent/futures";
import { describe, expect, expectTypeOf, test, vi } from "vitest";
import { cancelled, failed, rejection, succeeded } from "./support/futures.ts";

async function collect<T>(iterable: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of iterable) items.push(item);
  return items;
}

describe("asCompleted", () => {
  test("yields each Future once, those done first, then as they finish (C069)", async () => {
    const done = [cancelled(), failed(new Error("before")), succeeded(1)];
    const [a, b, c] = [new Future<number>(), new Future<number>(), new Future<number>()] as const;
    const yielded = collect(asCompleted([a, b, ...done, c]));
    c.setResult(1);
    a.cancel();
    b.setException(new Error("after"));
    expect(await yielded).toEqual([...done, c, a, b]);
    expect(b.exceptionNow()).toBeInstanceOf(Error);
  });

  test("keeps finish order for those that finish between two steps", async () => {
    const futures = Array.from({ length: 200 }, () => new Future<number>());
    const iterator = asCompleted(futures);
    for (const future of futures.toReversed()) future.setResult(1);
    expect(await collect(iterator)).toEqual(futures.toReversed());
  });

  test("polled, yields what is done and then is out of time (C070)", async () => {
    const done = succeeded(1);
    const iterator = asCompleted([new Future<number>(), done], { timeout: 0 });
    expect(await iterator.next()).toEqual({ done: false, value: done });
    expect(await rejection(iterator.next())).toBeInstanceOf(TimeoutError);
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  test("does not yield the slow one (C071), and says how many are missing (C074)", async () => {
    const done = [succeeded(1), succeeded(2)];
    const slow = [new Future<number>(), new Future<number>()];
    const seen: Future<number>[] = [];
    const error = await rejection(
      (async () => {
        for await (const future of asCompleted([...slow, ...done], { timeout: 5 })) {
          seen.push(future);
        }
      })(),
    );
    expect(seen).toEqual(done);
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).toMatchObject({ message: "2 (of 4) futures unfinished" });
  });

  test("counts the time from the call", async () => {
    vi.useFakeTimers();
    try {
      const late = new Future<number>();
      const iterator = asCompleted([late], { timeout: 100 });
      expect(vi.getTimerCount()).toBe(0);
      vi.advanceTimersByTime(60);
      const next = rejection(iterator.next());
      vi.advanceTimersByTime(39);
      expect(vi.getTimerCount()).toBe(1);
      vi.advanceTimersByTime(1);
      expect(await next).toMatchObject({ message: "1 (of 1) futures unfinished" });
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  test("yields a Future once, however often an iterable gives it (C072)", async () => {
    const future = succeeded(1);
    function* repeat(): Generator<Future<number>> {
      yield future;
      yield future;
      yield future;
    }
    expect(await collect(asCompleted(repeat()))).toEqual([future]);
  });

  test("of nothing is over at once", async () => {
    expect(await collect(asCompleted([], { timeout: 0 }))).toEqual([]);
  });

  test("serves several calls of next in their order, and ends the ones too many", async () => {
    const [a, b] = [new Future<number>(), new Future<number>()] as const;
    const iterator = asCompleted([a, b]);
    const steps = [iterator.next(), iterator.next(), iterator.next()];
    b.setResult(1);
    a.setResult(1);
    expect(await Promise.all(steps)).toEqual([
      { done: false, value: b },
      { done: false, value: a },
      { done: true, value: undefined },
    ]);
  });

  test("ends all calls of next when time is up", async () => {
    const iterator = asCompleted([new Future(), new Future()], { timeout: 1 });
    const steps = [rejection(iterator.next()), iterator.next()] as const;
    expect(await steps[0]).toBeInstanceOf(TimeoutError);
    expect(await steps[1]).toEqual({ done: true, value: undefined });
  });

  test("ends when it is left, even while a step waits", async () => {
    const future = new Future<number>();
    const iterator = asCompleted([future]);
    const step = iterator.next();
    expect(await iterator.return?.()).toEqual({ done: true, value: undefined });
    expect(await step).toEqual({ done: true, value: undefined });
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
    expect(future.state).toBe("pending");
    future.setResult(1);
  });

  test("ends with a CancelledError when its signal aborts", async () => {
    const controller = new AbortController();
    const iterator = asCompleted([new Future()], { signal: controller.signal });
    const step = rejection(iterator.next());
    controller.abort("enough");
    expect(await step).toBeInstanceOf(CancelledError);
    expect(await step).toMatchObject({ cause: "enough" });
    const aborted = asCompleted([succeeded(1)], { signal: controller.signal });
    expect(await rejection(aborted.next())).toMatchObject({ cause: "enough" });
  });

  test("throws for what is not a Future, and for bad options", () => {
    // @ts-expect-error not a Future
    expect(() => asCompleted([1])).toThrow("`futures[0]` must be a Future, got 1 (number)");
    expect(() => asCompleted([], { timeout: -1 })).toThrow(RangeError);
  });

  test("gives Futures to a loop, in type and in fact", async () => {
    for await (const future of asCompleted([succeeded(1)])) {
      expectTypeOf(future).toEqualTypeOf<Future<number>>();
      expect(future).toBeInstanceOf(Future);
    }
  });
});
