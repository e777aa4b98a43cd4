import { TimeoutError, SerializationError } from "@concurrent/futures";
import { describe, expect, test } from "vitest";
import { executors, pools } from "../support/executors.ts";
import { Gate, until } from "../support/gate.ts";
import { jobs } from "../support/jobs.ts";
import { collect, rejection, thrownBy, upTo } from "../support/outcomes.ts";

const { blockAt, double, echo, halve, holdAt, noteAt, uncloneableIfNegative } = jobs;

/** Numbers from 0, which tell how far they were read and whether they were closed. */
class Source implements IterableIterator<number> {
  read = 0;
  isClosed = false;
  readonly #length: number;

  constructor(length: number = Infinity) {
    this.#length = length;
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(): IteratorResult<number> {
    return this.read < this.#length
      ? { done: false, value: this.read++ }
      : { done: true, value: undefined };
  }

  return(): IteratorResult<number> {
    this.isClosed = true;
    return { done: true, value: undefined };
  }

  /** The same numbers, which take their time. */
  async *slowly(): AsyncGenerator<number> {
    try {
      for (const value of this) {
        await new Promise(setImmediate);
        yield value;
      }
    } finally {
      this.isClosed = true;
    }
  }
}

describe.concurrent.each(executors)("$name: map", ({ create }) => {
  const powers = upTo(10).map((x) => x ** x);

  test("gives the results of two iterables in order, until the shorter ends (C006)", async () => {
    await using executor = create();
    expect(await executor.map(Math.pow, upTo(10), upTo(10)).toArray()).toEqual(powers);
    expect(await executor.map(Math.pow, upTo(10), upTo(12)).toArray()).toEqual(powers);
    expect(await collect(executor.map(Math.pow, upTo(10), upTo(10)))).toEqual(powers);
  });

  test("gives the same in chunks of any size (C007, C099)", async () => {
    await using executor = create();
    for (const chunksize of [1, 3, 6, 10, 50]) {
      const view = executor.withOptions({ chunksize });
      expect(await view.map(Math.pow, upTo(10), upTo(10)).toArray()).toEqual(powers);
    }
    for (const chunksize of [-1, 0]) {
      expect(thrownBy(() => executor.withOptions({ chunksize }))).toBeInstanceOf(RangeError);
    }
  });

  test("of nothing, or of an empty iterable, is empty (C016, C017)", async () => {
    await using executor = create();
    expect(await executor.map(() => 1).toArray()).toEqual([]);
    expect(await executor.map(double, []).toArray()).toEqual([]);
    const view = executor.withOptions({ buffersize: 2 });
    expect(await view.map(() => 1).toArray()).toEqual([]);
    expect(await view.map(double, []).toArray()).toEqual([]);
    expect(await executor.map(double, (async function* () {})()).toArray()).toEqual([]);
  });

  test("throws the error of a call at its place, and ends there (C008)", async () => {
    await using executor = create();
    for (const chunksize of [undefined, 2, 10]) {
      const results = executor.withOptions({ chunksize }).map(halve, [2, 4, 6, 7, 8]);
      const seen: number[] = [];
      const error = await rejection(
        (async () => {
          for await (const result of results) seen.push(result);
        })(),
      );
      expect(seen).toEqual([1, 2, 3]);
      expect(error).toBeInstanceOf(RangeError);
      expect(error.message).toBe("odd: 7");
      expect(await results.next()).toEqual({ done: true, value: undefined });
    }
  });

  test("refuses bad sizes when the view is made (C010, C011)", async () => {
    await using executor = create();
    for (const buffersize of ["foo", 2.5, null]) {
      const error = thrownBy(() => executor.withOptions({ buffersize: buffersize as number }));
      expect(error).toBeInstanceOf(TypeError);
      expect(error.message).toContain("`buffersize` must be a positive integer");
    }
    for (const buffersize of [0, -1]) {
      expect(thrownBy(() => executor.withOptions({ buffersize }))).toBeInstanceOf(RangeError);
    }
  });

  test("refuses what is no function and what cannot be iterated, at once", async () => {
    await using executor = create();
    const notFunction = thrownBy(() => executor.map("double" as unknown as typeof double, [1]));
    expect(notFunction).toBeInstanceOf(TypeError);
    const notIterable = thrownBy(() => executor.map(double, 5 as unknown as number[]));
    expect(notIterable).toBeInstanceOf(TypeError);
    expect(notIterable.message).toContain("`iterables[0]` must be iterable");
  });

  test("with any buffersize gives every result in order (C012, C013)", async () => {
    await using executor = create();
    for (const buffersize of [1, 2, 10, 20]) {
      const view = executor.withOptions({ buffersize });
      expect(await view.map(Math.pow, upTo(10), upTo(10)).toArray()).toEqual(powers);
      const chunked = view.withOptions({ chunksize: 3 });
      expect(await chunked.map(Math.pow, upTo(10), upTo(10)).toArray()).toEqual(powers);
    }
  });

  test("with a buffersize takes infinite iterables, one or two (C014, C015)", async () => {
    await using executor = create();
    const one = executor.withOptions({ buffersize: 2 }).map(double, new Source());
    for (const expected of [0, 2, 4]) expect((await one.next()).value).toBe(expected);
    await one.return();
    const [a, b] = [new Source(), new Source()];
    const two = executor.withOptions({ buffersize: 3 }).map(Math.pow, a, b);
    for (const expected of [1, 1, 4]) expect((await two.next()).value).toBe(expected);
    await two.return();
    expect([a.isClosed, b.isClosed]).toEqual([true, true]);
  });

  test("reads buffersize items ahead and no more (C018)", async () => {
    const executor = create();
    const source = new Source();
    const results = executor.withOptions({ buffersize: 4 }).map(double, source);
    expect(source.read).toBe(4);
    await executor.shutdown();
    expect(source.read).toBe(4);
    expect((await results.next()).value).toBe(0);
    const rest = await rejection(results.toArray());
    expect(rest).toMatchObject({ code: "ERR_EXECUTOR_SHUTDOWN" });
  });

  test("without a buffersize reads everything and submits it before it returns (C141)", async () => {
    const executor = create();
    using gate = new Gate();
    const source = new Source(10);
    executor.map(noteAt, repeat(gate.path), labels(source));
    expect(source.read).toBe(10);
    await executor.shutdown();
    expect(gate.started).toHaveLength(10);
  });

  test("comes to an end when the executor is shut down at once (C019)", async () => {
    const executor = create();
    const results = executor.map(double, upTo(20));
    await executor.shutdown();
    expect(await results.toArray()).toEqual(upTo(20).map((x) => x * 2));
  });

  test("reads asynchronous iterables, also beside synchronous ones, some items ahead", async () => {
    await using executor = create();
    const slowly = new Source(10).slowly();
    expect(await executor.map(Math.pow, slowly, upTo(99)).toArray()).toEqual(
      upTo(10).map((x) => x ** x),
    );
    const endless = new Source();
    const results = executor.withOptions({ buffersize: 3 }).map(double, endless.slowly());
    await until(() => endless.read === 3);
    expect((await results.next()).value).toBe(0);
    await until(() => endless.read === 4);
    await results.return();
    // It may have been in the middle of a read, for which nobody waits.
    await until(() => endless.isClosed);
  });

  test("throws the error of an iterable after the results of the items before it", async () => {
    await using executor = create();
    const results = executor.map(halve, failing());
    expect((await results.next()).value).toBe(1);
    expect((await results.next()).value).toBe(2);
    expect((await rejection(results.next())).message).toBe("the source is dry");
  });

  test("runs out of time in toArray, which cancels the rest (C009, C147)", async () => {
    await using executor = create();
    using gate = new Gate();
    const results = executor.map(holdAt, repeat(gate.path), upTo(20).map(String));
    await gate.arrived(1);
    expect(await rejection(results.toArray({ timeout: 0 }))).toBeInstanceOf(TimeoutError);
    gate.open();
    await executor.shutdown();
    // One for each worker at the most: those that nobody has timed yet are sent to idle workers only.
    expect(gate.started.length).toBeLessThanOrEqual(2);
  });
});

describe.concurrent.each(pools)("$name: map", ({ create }) => {
  test("cancels what has not started when its loop is left early", async () => {
    await using pool = create({ maxWorkers: 1 });
    using gate = new Gate();
    using open = new Gate();
    open.open();
    const source = new Source(500);
    // The first call travels alone, as nobody knows how long it takes. The second one blocks.
    const gates = [open, gate, ...upTo(498).map(() => open)].map(({ path }) => path);
    const results = pool.map(blockAt, gates, labels(source));
    for await (const label of results) if (label === "0") break;
    expect(source.read).toBe(500);
    expect(pool.stats().cancelled).toBeGreaterThanOrEqual(498);
    gate.open();
    await pool.shutdown();
    expect(open.started).toEqual(["0"]);
    expect(await results.next()).toEqual({ done: true, value: undefined });
  });

  test("cancels what has not started when a call fails", async () => {
    await using pool = create({ maxWorkers: 1 });
    const results = pool.map(halve, [1, ...upTo(5000)]);
    expect((await rejection(results.toArray())).message).toBe("odd: 1");
    await pool.shutdown();
    expect(pool.stats().cancelled).toBeGreaterThan(0);
  });

  test("leaves its calls alone when the iterator is dropped before it started", async () => {
    const pool = create();
    using gate = new Gate();
    pool.map(noteAt, repeat(gate.path), upTo(30).map(String));
    await pool.shutdown();
    expect(gate.started).toHaveLength(30);
    expect(pool.stats()).toMatchObject({ completed: 30, cancelled: 0 });
  });

  test("makes one task of a chunk, of which each item keeps its own outcome", async () => {
    await using pool = create({ maxWorkers: 1 });
    const view = pool.withOptions({ chunksize: 4 });
    expect(await view.map(double, upTo(8)).toArray()).toEqual(upTo(8).map((x) => x * 2));
    expect(pool.stats().completed).toBe(2);
    // Of the chunk [2, 4, 5, 6] the first two have results, though the third fails.
    const results = view.map(halve, [2, 4, 5, 6]);
    expect([(await results.next()).value, (await results.next()).value]).toEqual([1, 2]);
    expect((await rejection(results.next())).message).toBe("odd: 5");
  });

  test("fails only the item of a chunk whose argument or result cannot travel", async () => {
    await using pool = create({ maxWorkers: 1 });
    const view = pool.withOptions({ chunksize: 3 });
    const bad = { deep: [() => 1] };
    const items = [1, { ok: true }, bad, 4];
    const results = view.map<[unknown], unknown>(echo, items);
    expect((await results.next()).value).toBe(1);
    expect((await results.next()).value).toEqual({ ok: true });
    const error = await rejection(results.next());
    expect(error).toBeInstanceOf(SerializationError);
    expect(error.message).toContain("[0].deep[0]");

    const returned = view.map(uncloneableIfNegative, [1, 2, -3]);
    expect((await returned.next()).value).toEqual({ item: 1 });
    expect((await returned.next()).value).toEqual({ item: 2 });
    const refused = await rejection(returned.next());
    expect(refused).toBeInstanceOf(SerializationError);
    expect(refused.message).toContain("result.callback");
  });

  test("reads an asynchronous iterable 4 items ahead for each worker, unless told otherwise", async () => {
    await using pool = create({ maxWorkers: 3 });
    const source = new Source();
    const results = pool.map(double, source.slowly());
    await until(() => source.read === 12);
    await pool.run(double, 1);
    for (let i = 0; i < 20; i++) await new Promise(setImmediate);
    expect(source.read).toBe(12);
    await results.return();
  });

  test("several maps at a time do not mix", async () => {
    await using pool = create();
    const sums = await Promise.all(
      upTo(8).map((k) => pool.map((x: number, y: number) => x + y, upTo(200), repeat(k)).toArray()),
    );
    for (const [k, sum] of sums.entries()) expect(sum).toEqual(upTo(200).map((x) => x + k));
  });
});

function* failing(): Generator<number> {
  yield 2;
  yield 4;
  throw new RangeError("the source is dry");
}

function* repeat<T>(value: T): Generator<T> {
  for (;;) yield value;
}

function* labels(source: Iterable<number>): Generator<string> {
  for (const value of source) yield String(value);
}
