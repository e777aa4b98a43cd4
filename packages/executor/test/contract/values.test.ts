import { SerializationError } from "@concurrent/futures";
import { describe, expect, test } from "vitest";
import { executors, pools, type PoolCase } from "../support/executors.ts";
import { jobs } from "../support/jobs.ts";
import { failureOf, outcomesOf, upTo } from "../support/outcomes.ts";

const { bufferOf, classesOf, double, echo, sumOf, uncloneable, uncloneableIfNegative, whoAmI } =
  jobs;

const VALUES: Record<string, unknown> = {
  undefined,
  null: null,
  "negative zero": -0,
  NaN: Number.NaN,
  infinity: -Infinity,
  bigint: 2n ** 80n,
  string: "ünïcödé \u{1F600} \0 end",
  "lone surrogate": "\uD800",
  boolean: false,
  date: new Date(123_456_789),
  "regular expression": /a(b)+/giu,
  map: new Map<unknown, unknown>([
    [{ key: 1 }, new Set([1, "two"])],
    [Number.NaN, undefined],
  ]),
  set: new Set([new Map([[1, 2]]), "x"]),
  "array with holes": Object.assign([1, undefined, 3], { length: 5 }),
  "object without a prototype's keys": { ["__proto__x"]: 1, constructor: "mine", valueOf: 2 },
  nested: { a: [{ b: { c: [[[]]] } }], "": { "with space": undefined } },
  url: new URL("https://example.org/a?b=c#d"),
};

describe.concurrent.each(executors)("$name: values", ({ create }) => {
  test("arrive as they are and come back as they are", async () => {
    await using executor = create();
    for (const [name, value] of Object.entries(VALUES)) {
      if (name === "url") continue;
      const seen = await executor.run(echo, value);
      expect({ [name]: seen }).toStrictEqual({ [name]: value });
    }
    expect(Object.is(await executor.run(echo, -0), -0)).toBe(true);
  });

  test("are copies: what the caller has is not touched", async () => {
    await using executor = create();
    const list = [3, 1, 2];
    const emptied = await executor.run((numbers: number[]) => numbers.splice(1), list);
    expect(emptied).toEqual([1, 2]);
    expect(list).toEqual([3, 1, 2]);
  });

  test("keep cycles and identity", async () => {
    await using executor = create();
    const node: { self?: unknown; twins: unknown[] } = { twins: [] };
    node.self = node;
    const twin = { name: "twin" };
    node.twins.push(twin, twin);
    const seen = await executor.run(echo<typeof node>, node);
    expect(seen.self).toBe(seen);
    expect(seen.twins[0]).toBe(seen.twins[1]);
  });

  test("that cannot travel fail their own call and no other", async () => {
    await using executor = create();
    const before = executor.submit(double, 1);
    const refused = executor.submit<[unknown], unknown>(echo, { callback: () => 1 });
    const after = executor.submit(double, 2);
    expect(await failureOf(refused)).toBeInstanceOf(SerializationError);
    expect(await failureOf(executor.submit(uncloneable))).toBeInstanceOf(SerializationError);
    expect([await before.result(), await after.result()]).toEqual([2, 4]);
  });
});

describe.concurrent.each(pools)("$name: values", ({ create }) => {
  test("of every binary class arrive as that class", async () => {
    await using pool = create();
    const classes = [
      Int8Array,
      Uint8Array,
      Uint8ClampedArray,
      Int16Array,
      Uint16Array,
      Int32Array,
      Uint32Array,
      Float32Array,
      Float64Array,
    ];
    const views: unknown[] = [
      ...classes.map((View) => View.from([1, 2, 3])),
      BigInt64Array.from([1n, -2n]),
      BigUint64Array.from([1n, 2n]),
      new DataView(Uint8Array.from([1, 2, 3]).buffer, 1, 2),
      Uint8Array.from([1, 2, 3]).buffer,
      new Uint8Array(0),
      // A part of a larger one, not aligned.
      new Uint8Array([9, 1, 2, 3, 9]).subarray(1, 4),
      Buffer.from("small, from Node's pool"),
      Buffer.alloc(0),
      Buffer.alloc(100_000, 7).subarray(3, 50_000),
    ];
    expect(await pool.run(echo, views)).toStrictEqual(views);
    for (const view of views) expect(await pool.run(echo, view)).toStrictEqual(view);
    const seen = await pool.run(classesOf, ...views);
    expect(seen.slice(0, 2)).toEqual(["Int8Array(3)", "Uint8Array(3)"]);
    expect(seen.slice(-4)).toEqual(["Uint8Array(3)", "Buffer(23)", "Buffer(0)", "Buffer(49997)"]);
  });

  test("of 20 MB go both ways as Buffers (C094, C177)", async () => {
    await using pool = create();
    const size = 20 * 2 ** 20;
    const bytes = Buffer.alloc(size, 3);
    expect(await pool.run(sumOf, bytes)).toBe((size * 3) % 1_000_003);
    const futures = upTo(3).map((i) => pool.submit(bufferOf, size, i));
    for (const [i, future] of futures.entries()) {
      const result = await future.result();
      expect(Buffer.isBuffer(result)).toBe(true);
      expect(result.length).toBe(size);
      expect(result.every((byte) => byte === i)).toBe(true);
    }
    const text = "long ".repeat(2_000_000);
    expect(await pool.run((value: string) => value.length, text)).toBe(text.length);
  });

  test("of Node's Buffer pool do not take other people's bytes along", async () => {
    await using pool = create();
    const secret = Buffer.from("a secret of somebody else");
    const small = Buffer.from("mine");
    expect(small.buffer).toBe(secret.buffer);
    const sizes = await pool.run(
      (one: Buffer, several: Buffer[]) => [one, ...several].map((view) => view.buffer.byteLength),
      small,
      [Buffer.from("a"), Buffer.from("bb")],
    );
    expect(Math.max(...sizes)).toBeLessThan(64);
    const back = await pool.run((text: string) => Buffer.from(text), "from the pool there");
    expect(back.toString()).toBe("from the pool there");
    expect(back.buffer.byteLength).toBeLessThan(64);
  });

  test("of one Buffer in two places stay one", async () => {
    await using pool = create();
    const bytes = Buffer.from("shared");
    const [a, b] = (await pool.run(echo, [bytes, bytes])) as [Buffer, Buffer];
    expect(a).toBe(b);
  });

  test("keep URLs, and errors with their classes, wherever they are", async () => {
    await using pool = create();
    const value = { list: [VALUES["url"], new RangeError("kept", { cause: 1 })] };
    const seen = (await pool.run(echo, value)) as { list: [URL, RangeError] };
    expect(seen.list[0]).toBeInstanceOf(URL);
    expect(seen.list[0].href).toBe("https://example.org/a?b=c#d");
    expect(seen.list[1]).toBeInstanceOf(RangeError);
    expect(seen.list[1].cause).toBe(1);
  });

  test("as arguments that cannot travel are refused with their path, and the worker lives on (C080)", async () => {
    await using pool = create({ maxWorkers: 1 });
    class Session {
      id = 1;
    }
    const worker = await pool.run(whoAmI);
    const cases: [unknown[], string, string][] = [
      [[() => 1], "[0]", "function"],
      [[1, { user: { session: new Session() } }], "[1].user.session", "Session"],
      [[[{ deep: [Symbol("x")] }]], "[0][0].deep[0]", "symbol"],
      [[new Map([["key", new WeakMap()]])], '[0].get("key")', "WeakMap"],
      [[{ "full name": Promise.resolve() }], '[0]["full name"]', "Promise"],
    ];
    for (const [args, path, what] of cases) {
      const error = await failureOf(pool.submit((...all: unknown[]) => all.length, ...args));
      expect(error).toBeInstanceOf(SerializationError);
      expect(error.message).toContain(path);
      expect(error.message).toContain(what);
    }
    expect(await pool.run(whoAmI)).toBe(worker);
    expect(pool.stats()).toMatchObject({ failed: cases.length, crashes: 0 });
  });

  test("as results that cannot travel fail their call with their path (C089)", async () => {
    await using pool = create({ maxWorkers: 1 });
    const worker = await pool.run(whoAmI);
    const error = await failureOf(pool.submit(uncloneable));
    expect(error).toBeInstanceOf(SerializationError);
    expect(error.message).toContain("result.list[1].callback");
    expect(await failureOf(pool.submit(async () => Symbol("x")))).toBeInstanceOf(
      SerializationError,
    );
    expect(await pool.run(whoAmI)).toBe(worker);
  });

  test("in the middle of a batch fail only their own call", async () => {
    await using pool = create({ maxWorkers: 1 });
    // Warm: from now on calls of these functions travel together.
    for (let i = 0; i < 3; i++) await pool.run(uncloneableIfNegative, i);
    await pool.run<[unknown], unknown>(echo, 1);
    const results = upTo(60).map((i) => pool.submit(uncloneableIfNegative, i % 9 === 4 ? -i : i));
    const items = upTo(60).map((i) =>
      pool.submit<[unknown], unknown>(echo, i % 9 === 4 ? [() => i] : [i]),
    );
    const refused: unknown = expect.any(SerializationError);
    expect(await outcomesOf(results)).toEqual(
      upTo(60).map((i) => (i % 9 === 4 ? refused : { item: i })),
    );
    expect(await outcomesOf(items)).toEqual(upTo(60).map((i) => (i % 9 === 4 ? refused : [i])));
    expect(pool.stats()).toMatchObject({ workers: 1, crashes: 0 });
  });

  test("that only the clone itself refuses fail only their own call of a batch", async () => {
    await using pool = create({ maxWorkers: 1 });
    for (let i = 0; i < 3; i++) await pool.run<[unknown], unknown>(echo, i);
    const detached = new Uint8Array(8);
    structuredClone(detached.buffer, { transfer: [detached.buffer] });
    const futures = upTo(20).map((i) =>
      pool.submit<[unknown], unknown>(echo, i === 10 ? { bytes: detached } : i),
    );
    const refused: unknown = expect.any(SerializationError);
    expect(await outcomesOf(futures)).toEqual(upTo(20).map((i) => (i === 10 ? refused : i)));
    const returned = pool.submit(() => {
      const bytes = new Uint8Array(8);
      structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
      return { bytes };
    });
    expect(await failureOf(returned)).toBeInstanceOf(SerializationError);
    expect(await pool.run(double, 1)).toBe(2);
  });

  test("of a class lose it only when strict is false", async () => {
    await using pool = create();
    class Point {
      x = 1;
      nested = new Date(0);
    }
    expect(await failureOf(pool.submit<[unknown], unknown>(echo, new Point()))).toBeInstanceOf(
      SerializationError,
    );
    const loose = pool.withOptions({ strict: false });
    expect(await loose.run<[unknown], unknown>(echo, new Point())).toStrictEqual({
      x: 1,
      nested: new Date(0),
    });
  });

  test("are read when submit is called, if snapshot says so", async () => {
    await using pool = create({ maxWorkers: 1 });
    const list = [1];
    const future = pool.withOptions({ snapshot: true }).submit(echo<number[]>, list);
    list.push(2);
    expect(await future.result()).toEqual([1]);
    const view = pool.withOptions({ snapshot: true, chunksize: 2 });
    const rows = [[1], [2]];
    const results = view.map(echo<number[]>, rows);
    rows[0]!.push(3);
    expect(await results.toArray()).toEqual([[1], [2]]);
    const refused = pool.withOptions({ snapshot: true }).submit<[unknown], unknown>(echo, () => 1);
    expect(await failureOf(refused)).toBeInstanceOf(SerializationError);
  });
});

describe("shared memory", () => {
  const [threads, processes] = pools as [PoolCase, PoolCase];

  test("stays shared with threads", async () => {
    await using pool = threads.create();
    const cells = new Int32Array(new SharedArrayBuffer(8));
    expect(await pool.run((shared) => Atomics.add(shared, 0, 5), cells)).toBe(0);
    expect(cells[0]).toBe(5);
    const back = await pool.run(echo<Int32Array>, cells);
    Atomics.store(back, 1, 7);
    expect(cells[1]).toBe(7);
  });

  test("is refused by processes, with its path", async () => {
    await using pool = processes.create();
    const cells = new Int32Array(new SharedArrayBuffer(8));
    const error = await failureOf(pool.submit((shared) => Atomics.add(shared, 0, 5), cells));
    expect(error).toBeInstanceOf(SerializationError);
    expect(error.message).toContain("SharedArrayBuffer");
    const returned = pool.submit(() => new SharedArrayBuffer(8));
    expect(await failureOf(returned)).toBeInstanceOf(SerializationError);
    expect(await pool.run(double, 1)).toBe(2);
  });
});
