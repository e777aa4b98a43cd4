import { CancelledError, ExecutorShutdownError, TimeoutError } from "@concurrent/futures";
import type { Future, SubmitOptions, TaskFunction } from "@concurrent/futures";
import { describe, expect, test } from "vitest";
import { rejection } from "./support/futures.ts";
import { ManualChunkExecutor, ManualExecutor } from "./support/manual-executor.ts";
import { Source } from "./support/source.ts";

const double = (x: number): number => x * 2;
const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
const oddFails = (x: number): number => {
  if (x % 2 === 1) throw new RangeError(`odd: ${x}`);
  return x;
};

/** Lets everything happen that needs no timer. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function collect<T>(iterable: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of iterable) items.push(item);
  return items;
}

/** Ends each call in a microtask of its own. */
class SoonExecutor extends ManualChunkExecutor {
  protected override schedule(
    fn: TaskFunction,
    args: unknown[],
    options: SubmitOptions,
  ): Future<unknown> {
    const future = super.schedule(fn, args, options);
    const index = this.calls.length - 1;
    queueMicrotask(() => {
      if (!future.done()) this.finish(index);
    });
    return future;
  }
}

function* broken(): Generator<number> {
  yield 1;
  yield 2;
  throw new Error("source");
}

async function* brokenLater(): AsyncGenerator<number> {
  yield* broken();
}

describe("map", () => {
  test("gives the results of two iterables, in order (C006)", async () => {
    const powers = new SoonExecutor().map(Math.pow, upTo(10), upTo(10));
    expect(await collect(powers)).toEqual(upTo(10).map((x) => x ** x));
  });

  test.each([1, 3, 10, 50])("gives the same with chunks of %d (C007)", async (chunksize) => {
    const executor = new SoonExecutor();
    const results = executor.withOptions({ chunksize }).map(Math.pow, upTo(10), upTo(10));
    expect(await collect(results)).toEqual(upTo(10).map((x) => x ** x));
    expect(executor.calls).toHaveLength(Math.ceil(10 / chunksize));
  });

  test("ignores chunks where the executor has none", async () => {
    const executor = new ManualExecutor();
    const results = executor.withOptions({ chunksize: 3, buffersize: 2 }).map(double, upTo(10));
    expect(executor.calls).toHaveLength(6);
    for (let i = 0; i < 6; i++) executor.finish(i);
    for (let i = 0; i < 3; i++) expect((await results.next()).value).toBe(i * 2);
    expect(executor.calls).toHaveLength(9);
  });

  test("keeps the order whatever finishes first", async () => {
    const executor = new ManualExecutor();
    const results = executor.map(double, [1, 2, 3]).toArray();
    for (const index of [2, 0, 1]) executor.finish(index);
    expect(await results).toEqual([2, 4, 6]);
  });

  test("of no iterable, or of an empty one, is empty (C016, C017)", async () => {
    const executor = new ManualExecutor();
    const view = executor.withOptions({ buffersize: 3 });
    expect(await executor.map(() => 1).toArray()).toEqual([]);
    expect(await view.map(() => 1).toArray()).toEqual([]);
    expect(await view.map(double, []).toArray()).toEqual([]);
    expect(await executor.map(double, new Source(0).async).toArray()).toEqual([]);
    expect(executor.calls).toEqual([]);
  });

  test("ends with the shortest iterable and closes the others", async () => {
    const [long, short] = [new Source(), new Source(2)];
    const results = new SoonExecutor().map((a: number, b: number) => a + b, long, short);
    expect(await results.toArray()).toEqual([0, 2]);
    expect([long.closed, short.closed]).toEqual([1, 0]);
  });

  test("submits everything at the call, whether or not it is iterated (C141)", async () => {
    const executor = new SoonExecutor();
    const seen: number[] = [];
    executor.map((x: number) => seen.push(x), upTo(10));
    expect(executor.calls).toHaveLength(10);
    await settle();
    expect(seen).toEqual(upTo(10));
  });

  test("throws at the call for a function, or an iterable, that is none", () => {
    const executor = new ManualExecutor();
    const source = new Source(3);
    expect(() => executor.map(1 as never)).toThrow("`fn` must be a function, got 1 (number)");
    expect(() => executor.map(Math.pow, source, 3 as never)).toThrow(
      "`iterables[1]` must be iterable, got 3 (number)",
    );
    expect(() => executor.map(double, undefined as never)).toThrow(TypeError);
    expect(executor.calls).toEqual([]);
    expect(source.read).toBe(0);
  });

  test("throws at the call when the executor takes nothing, and closes the iterable", async () => {
    const executor = new ManualExecutor();
    await executor.shutdown();
    const source = new Source(3);
    expect(() => executor.map(double, source)).toThrow(ExecutorShutdownError);
    expect(source.closed).toBe(1);
    expect(await executor.map(double, []).toArray()).toEqual([]);
  });

  test("leaves no call behind when the executor closes in the middle of the submitting", () => {
    const executor = new ManualExecutor();
    function* closing(): Generator<number> {
      yield 1;
      executor.closed = true;
      yield 2;
    }
    expect(() => executor.map(double, closing())).toThrow(ExecutorShutdownError);
    expect(executor.calls[0]?.future.cancelled()).toBe(true);
  });

  test("passes its options to each call", () => {
    const executor = new ManualExecutor();
    executor.withOptions({ name: "double" }).map(double, [1]);
    expect(executor.calls[0]?.options.name).toBe("double");
  });
});

describe("an error of a call", () => {
  test("is thrown at its place, after the results before it (C008)", async () => {
    const results = new SoonExecutor().map((x: number) => 10n / BigInt(x), [5, 2, 0, 5]);
    expect((await results.next()).value).toBe(2n);
    expect((await results.next()).value).toBe(5n);
    expect(await rejection(results.next())).toBeInstanceOf(RangeError);
    expect(await results.next()).toEqual({ done: true, value: undefined });
  });

  test("ends the iteration and cancels the rest", async () => {
    const executor = new ManualExecutor();
    const source = new Source();
    const results = executor.withOptions({ buffersize: 4 }).map(oddFails, source);
    executor.finish(1);
    executor.finish(0);
    executor.finish(3);
    expect((await results.next()).value).toBe(0);
    expect(await rejection(results.next())).toMatchObject({ message: "odd: 1" });
    expect(executor.calls.map(({ future }) => future.state)).toEqual([
      "finished",
      "finished",
      "cancelled",
      "finished",
      "cancelled",
    ]);
    expect(source.closed).toBe(1);
  });

  test("in a chunk leaves the items before it their results", async () => {
    const executor = new SoonExecutor();
    const results = executor.withOptions({ chunksize: 3 }).map(oddFails, [0, 2, 4, 6, 1, 8]);
    const seen: number[] = [];
    const error = await rejection(
      (async () => {
        for await (const result of results) seen.push(result);
      })(),
    );
    expect(seen).toEqual([0, 2, 4, 6]);
    expect(error).toMatchObject({ message: "odd: 1" });
  });

  test("of the whole chunk is that of its items", async () => {
    const executor = new ManualChunkExecutor();
    const results = executor.withOptions({ chunksize: 2 }).map(double, [1, 2, 3]);
    executor.calls[0]!.future.setException(new Error("crash"));
    expect(await rejection(results.toArray())).toMatchObject({ message: "crash" });
    expect(executor.calls[1]!.future.cancelled()).toBe(true);
  });

  test("may be undefined", async () => {
    const executor = new ManualExecutor();
    const results = executor.map(double, [1]);
    executor.calls[0]!.future.setException(undefined);
    expect(await rejection(results.next())).toBeUndefined();
  });

  test("is a CancelledError for a call that was cancelled", async () => {
    const executor = new ManualExecutor();
    const results = executor.map(double, [1, 2]);
    executor.calls[0]!.future.cancel();
    expect(await rejection(results.toArray())).toBeInstanceOf(CancelledError);
  });
});

describe("buffersize", () => {
  test.each([1, 2, 7, 14, 100])("%d gives all results in order (C012)", async (buffersize) => {
    const results = new SoonExecutor().withOptions({ buffersize }).map(double, upTo(7));
    expect(await collect(results)).toEqual(upTo(7).map(double));
  });

  test("serves several iterables (C013)", async () => {
    const view = new SoonExecutor().withOptions({ buffersize: 2 });
    expect(await view.map(Math.pow, upTo(7), upTo(7)).toArray()).toEqual(
      upTo(7).map((x) => x ** x),
    );
  });

  test("serves endless iterables (C014, C015)", async () => {
    const view = new SoonExecutor().withOptions({ buffersize: 2 });
    const [a, b] = [new Source(), new Source()];
    const results = view.map((x: number, y: number) => x + y, a, b);
    for (const expected of [0, 2, 4]) expect((await results.next()).value).toBe(expected);
    await results.return();
    expect([a.closed, b.closed]).toEqual([1, 1]);
  });

  test("is how far the iterable is read without iterating (C018)", async () => {
    const executor = new SoonExecutor();
    const source = new Source();
    executor.withOptions({ buffersize: 4 }).map(double, source);
    await settle();
    expect(source.read).toBe(4);
  });

  test("bounds what was submitted and not yielded", async () => {
    const executor = new ManualExecutor();
    const results = executor.withOptions({ buffersize: 2 }).map(double, new Source());
    const step = results.next();
    expect(executor.calls).toHaveLength(2);
    executor.finish(1);
    executor.finish(0);
    await step;
    expect(executor.calls).toHaveLength(3);
    await results.next();
    expect(executor.calls).toHaveLength(4);
  });

  test("counts chunks when there are chunks", () => {
    const executor = new ManualChunkExecutor();
    const source = new Source();
    executor.withOptions({ buffersize: 2, chunksize: 5 }).map(double, source);
    expect(executor.calls).toHaveLength(2);
    expect(source.read).toBe(10);
  });

  test("ends in the executor's error, at its place, when it shuts down meanwhile", async () => {
    const executor = new SoonExecutor();
    const source = new Source();
    const results = executor.withOptions({ buffersize: 2 }).map(double, source);
    await executor.shutdown();
    expect((await results.next()).value).toBe(0);
    expect((await results.next()).value).toBe(2);
    expect(await rejection(results.next())).toBeInstanceOf(ExecutorShutdownError);
    expect(source.closed).toBe(1);
  });
});

describe("an iterable that throws", () => {
  test.each([
    ["eagerly", {}],
    ["with a buffer", { buffersize: 1 }],
    ["in chunks", { chunksize: 5 }],
  ])("read %s does so after the results of the items before", async (_, options) => {
    const other = new Source();
    const results = new SoonExecutor().withOptions(options).map(Math.max, broken(), other);
    expect((await results.next()).value).toBe(1);
    expect((await results.next()).value).toBe(2);
    expect(await rejection(results.next())).toMatchObject({ message: "source" });
    expect(await results.next()).toEqual({ done: true, value: undefined });
    expect(other.closed).toBe(1);
  });

  test("asynchronously does the same", async () => {
    const other = new Source();
    const results = new SoonExecutor().map(Math.max, other, brokenLater());
    expect((await results.next()).value).toBe(1);
    expect((await results.next()).value).toBe(2);
    expect(await rejection(results.next())).toMatchObject({ message: "source" });
    expect(other.closed).toBe(1);
  });

  test("while it is opened makes map throw, and closes the others", () => {
    const other = new Source();
    const shut: Iterable<number> = {
      [Symbol.iterator]() {
        throw new Error("cannot open");
      },
    };
    expect(() => new ManualExecutor().map(Math.pow, other, shut)).toThrow("cannot open");
    expect(other.closed).toBe(1);
  });
});

describe("an asynchronous iterable", () => {
  test("is read ahead from the call on, 4 items unless buffersize says", async () => {
    const executor = new ManualExecutor();
    const [byDefault, more] = [new Source(), new Source()];
    executor.map(double, byDefault.async);
    executor.withOptions({ buffersize: 7 }).map(double, more.async);
    await settle();
    expect(byDefault.read).toBe(4);
    expect(more.read).toBe(7);
  });

  test("goes on as results are taken", async () => {
    const executor = new SoonExecutor();
    const source = new Source(10);
    expect(await collect(executor.map(double, source.async))).toEqual(upTo(10).map(double));
  });

  test("may stand beside a synchronous one, and in chunks", async () => {
    const view = new SoonExecutor().withOptions({ chunksize: 4, buffersize: 1 });
    const results = view.map(Math.pow, upTo(10), new Source().async);
    expect(await results.toArray()).toEqual(upTo(10).map((x) => x ** x));
  });

  test("is closed when the shortest ends, or when the loop is left", async () => {
    const [first, second] = [new Source(), new Source()];
    expect(await new SoonExecutor().map(Math.pow, first.async, [1, 2]).toArray()).toEqual([0, 1]);
    for await (const result of new SoonExecutor().map(double, second.async)) {
      if (result === 4) break;
    }
    expect([first.closed, second.closed]).toEqual([1, 1]);
  });

  test("that never gives another item does not hold up those who leave", async () => {
    let closed = false;
    const stuck: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise(() => undefined),
        return: () => {
          closed = true;
          return new Promise(() => undefined);
        },
      }),
    };
    const results = new SoonExecutor().map(double, stuck);
    const step = results.next();
    expect(await results.return()).toEqual({ done: true, value: undefined });
    expect(await step).toEqual({ done: true, value: undefined });
    expect(closed).toBe(true);
  });

  test("whose closing fails tells those who leave", async () => {
    const failing: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => ({
        next: async () => ({ done: false, value: 1 }),
        return: () => Promise.reject(new Error("cannot close")),
      }),
    };
    const results = new SoonExecutor().map(double, failing);
    await settle();
    expect(await rejection(results.return())).toMatchObject({ message: "cannot close" });
  });

  test("shows that the executor was shut down, at its place", async () => {
    const executor = new ManualExecutor();
    await executor.shutdown();
    const results = executor.map(double, new Source().async);
    expect(await rejection(results.next())).toBeInstanceOf(ExecutorShutdownError);
  });
});

describe("leaving early", () => {
  test("cancels what has not started and closes the iterable", async () => {
    const executor = new ManualExecutor();
    const source = new Source();
    executor.closed = false;
    const results = executor.withOptions({ buffersize: 3 }).map(double, source);
    executor.finish(0);
    for await (const result of results) {
      expect(result).toBe(0);
      break;
    }
    const states = executor.calls.map(({ future }) => future.state);
    expect(states).toEqual(["finished", "cancelled", "cancelled", "cancelled"]);
    expect(source.closed).toBe(1);
    expect(await results.next()).toEqual({ done: true, value: undefined });
    expect(await results.return()).toEqual({ done: true, value: undefined });
    expect(source.closed).toBe(1);
  });

  test("is what the end of an await using block does", async () => {
    const executor = new ManualExecutor();
    {
      await using results = executor.map(double, [1, 2]);
      expect(results[Symbol.asyncIterator]()).toBe(results);
    }
    expect(executor.calls.every(({ future }) => future.cancelled())).toBe(true);
  });

  test("fails an array that is being made", async () => {
    const executor = new ManualExecutor();
    const results = executor.map(double, [1, 2]);
    executor.finish(0);
    const array = rejection(results.toArray());
    await results.return();
    expect(await array).toBeInstanceOf(CancelledError);
    expect(await results.toArray()).toEqual([]);
  });

  test("ends the steps that wait", async () => {
    const executor = new ManualExecutor();
    const results = executor.map(double, [1, 2]);
    const steps = [results.next(), results.next()];
    await results.return();
    for (const step of await Promise.all(steps)) expect(step.done).toBe(true);
  });
});

describe("next and toArray", () => {
  test("take turns when several are called at a time", async () => {
    const executor = new ManualExecutor();
    const results = executor.map(double, [0, 1, 2, 3]);
    const first = results.next();
    const second = results.next();
    const rest = results.toArray();
    const after = results.next();
    for (const index of [3, 2, 1, 0]) executor.finish(index);
    expect(await Promise.all([first, second, rest, after])).toEqual([
      { done: false, value: 0 },
      { done: false, value: 2 },
      [4, 6],
      { done: true, value: undefined },
    ]);
  });

  test("keep their order when one comes between the turns", async () => {
    const executor = new SoonExecutor();
    const results = executor.map(double, upTo(50));
    const seen: number[] = [];
    const readers = Array.from({ length: 3 }, async () => {
      for (;;) {
        const step = await results.next();
        if (step.done) return;
        seen.push(step.value);
      }
    });
    await Promise.all(readers);
    expect(seen).toEqual(upTo(50).map(double));
  });

  test("a failed step ends those that wait behind it", async () => {
    const executor = new ManualExecutor();
    const results = executor.map(oddFails, [1, 2]);
    const steps = [rejection(results.next()), results.next()] as const;
    executor.finish(0);
    expect(await steps[0]).toBeInstanceOf(RangeError);
    expect(await steps[1]).toEqual({ done: true, value: undefined });
  });
});

describe("toArray", () => {
  test("out of time cancels all that is left, the first call too (C009, C147)", async () => {
    for (const timeout of [0, 1]) {
      const executor = new ManualExecutor();
      const results = executor.map(double, [1, 2, 3]);
      executor.finish(0);
      const error = await rejection(results.toArray({ timeout }));
      expect(error).toBeInstanceOf(TimeoutError);
      const states = executor.calls.map(({ future }) => future.state);
      expect(states).toEqual(["finished", "cancelled", "cancelled"]);
    }
  });

  test("polled, gives what is all there", async () => {
    const executor = new ManualExecutor();
    const results = executor.map(double, [1, 2]);
    executor.finish(0);
    executor.finish(1);
    expect(await results.toArray({ timeout: 0 })).toEqual([2, 4]);
  });

  test("ends with a CancelledError when its signal aborts", async () => {
    const executor = new ManualExecutor();
    const controller = new AbortController();
    const waiting = rejection(executor.map(double, [1]).toArray({ signal: controller.signal }));
    controller.abort("enough");
    expect(await waiting).toMatchObject({ code: "ERR_FUTURES_CANCELLED", cause: "enough" });
    expect(executor.calls[0]?.future.cancelled()).toBe(true);
    const again = executor.map(double, [1]).toArray({ signal: controller.signal });
    expect(await rejection(again)).toMatchObject({ cause: "enough" });
  });

  test("rejects bad options and leaves the results alone", async () => {
    const results = new SoonExecutor().map(double, [1]);
    expect(await rejection(results.toArray({ timeout: -1 }))).toBeInstanceOf(RangeError);
    expect(await results.toArray()).toEqual([2]);
  });

  test("takes many results that come in any order", async () => {
    const executor = new ManualExecutor();
    const results = executor.map(double, upTo(20_000)).toArray();
    for (let i = 0; i < 20_000; i += 2) executor.finish(i);
    await settle();
    for (let i = 19_999; i > 0; i -= 2) executor.finish(i);
    expect(await results).toEqual(upTo(20_000).map(double));
  });
});
