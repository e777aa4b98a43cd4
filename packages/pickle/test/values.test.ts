import { SerializationError } from "@concurrent/futures";
import {
  dumps,
  findUncloneable,
  isReduced,
  loads,
  pickleArguments,
  pickleValue,
  type PickleValueOptions,
  type Reduced,
  unpickleValue,
} from "@concurrent/pickle";
import { createHook } from "node:async_hooks";
import { createSecretKey } from "node:crypto";
import { Socket } from "node:net";
import { PassThrough } from "node:stream";
import { deserialize, serialize } from "node:v8";
import { createContext, runInContext } from "node:vm";
import { MessageChannel } from "node:worker_threads";
import { describe, expect, it } from "vitest";

class Session {
  readonly id = 1;
}

/** Sends a value as a message to a thread, and as one to a process. */
const transports: [name: string, send: (plain: unknown) => unknown][] = [
  ["structuredClone", (plain) => structuredClone(plain)],
  ["v8.serialize", (plain) => deserialize(serialize(plain))],
];

function sendBy(send: (plain: unknown) => unknown, value: unknown): unknown {
  const plain = pickleValue(value, "value");
  return isReduced(plain) ? unpickleValue(send(plain.payload)) : send(plain);
}

/** The text of the SerializationError that a value ends in as an argument. */
function messageOf(value: unknown, options?: PickleValueOptions): string {
  try {
    pickleArguments([value], options);
  } catch (error) {
    if (error instanceof SerializationError) return error.message;
    throw error;
  }
  throw new Error("nothing was refused");
}

const dumpAndLoad = async (value: unknown): Promise<unknown> =>
  loads(structuredClone(await dumps(value)));

/** How many bytes go along with a view. */
const lengthSent = (value: unknown, options?: PickleValueOptions): number => {
  const plain = pickleValue([value], "value", options);
  const [view] = (isReduced(plain) ? plain.payload.root : plain) as [ArrayBufferView];
  return view.buffer.byteLength;
};

describe("values that structured clone carries whole", () => {
  const cycle: { self?: unknown } = {};
  cycle.self = cycle;

  it.each<[name: string, value: unknown]>([
    ["undefined", undefined],
    ["null", null],
    ["-0", -0],
    ["a bigint", 10n],
    ["a string", "text"],
    ["a plain object", { a: 1, b: { c: [1, "2", null] } }],
    ["an object without prototype", Object.assign(Object.create(null), { a: 1 })],
    ["a sparse array", [1, , 3]], // oxlint-disable-line no-sparse-arrays -- on purpose
    ["a huge sparse array", Object.assign([], { length: 4_000_000_000 })],
    ["a Map with objects for keys", new Map([[{ a: 1 }, [new Date(0)]]])],
    ["a Set", new Set([1, { a: 1 }])],
    ["a Date", new Date(0)],
    ["a RegExp", /a/g],
    ["a typed array", new Float64Array([1.5])],
    ["an ArrayBuffer", new ArrayBuffer(8)],
    ["an empty ArrayBuffer", new ArrayBuffer(0)],
    ["an empty typed array", new Uint8Array(0)],
    ["a DataView", new DataView(new ArrayBuffer(8))],
    ["a boxed string", Object("text")],
    ["a cycle", cycle],
    [
      "an object of another realm",
      runInContext("({ a: [1, new Map(), new Date(0)] })", createContext()),
    ],
  ])("stay the very same object: %s", (_name, value) => {
    expect(pickleValue(value, "value")).toBe(value);
  });

  it.each<[name: string, value: unknown]>([
    ["a SharedArrayBuffer", new SharedArrayBuffer(8)],
    ["a view of one", new Uint8Array(new SharedArrayBuffer(8))],
    ["a MessagePort", new MessageChannel().port1],
    ["a Blob", new Blob(["text"])],
    ["a KeyObject", createSecretKey(Buffer.alloc(16))],
    ["a ReadableStream", new ReadableStream()],
  ])("go to threads, and are refused with their path for processes: %s", (_name, value) => {
    expect(pickleValue([value], "result", { target: "thread" })).toEqual([value]);
    expect(messageOf({ a: value }, { target: "process" })).toMatch(
      /^argument\[0\]\.a is .*only threads can (?:share|be sent)$/,
    );
  });

  it("share what they shared, far into deep and wide values", () => {
    const shared = { n: 1 };
    const wide = Array.from({ length: 50_000 }, () => ({ shared, list: [shared] }));
    expect(pickleValue(wide, "value")).toBe(wide);
    const parent: { children: unknown[] } = { children: [] };
    for (let i = 0; i < 1000; i += 1) parent.children.push({ parent, siblings: parent.children });
    expect(pickleValue(parent, "value")).toBe(parent);
  });
});

describe.each(transports)("values with parts, sent by %s", (_name, send) => {
  it("keep a Buffer a Buffer, without the pool around it", () => {
    const value = { small: Buffer.from("abc"), whole: Buffer.alloc(10_000, 1) };
    const plain = pickleValue(value, "value") as Reduced;
    const sent = plain.payload.parts.map((part) => part.kind === "buffer" && part.bytes);
    expect(sent.map((bytes) => bytes && bytes.buffer.byteLength)).toEqual([3, 10_000]);
    expect(sendBy(send, value)).toEqual(value);
    expect((sendBy(send, value) as typeof value).small).toBeInstanceOf(Buffer);
  });

  it("keep a URL a URL", () => {
    expect(sendBy(send, new URL("https://example.org/a?b#c"))).toEqual(
      new URL("https://example.org/a?b#c"),
    );
  });

  it("keep the order of keys and of entries", () => {
    const buffer = Buffer.from("x");
    const back = sendBy(send, {
      object: { a: 1, b: buffer, c: 2 },
      map: new Map<unknown, unknown>([[1, 1], [buffer, 2], [3, buffer]]), // prettier-ignore
      set: new Set([1, buffer, 3]),
    }) as { object: object; map: Map<unknown, unknown>; set: Set<unknown> };
    expect(Object.keys(back.object)).toEqual(["a", "b", "c"]);
    expect([...back.map]).toEqual([
      [1, 1],
      [buffer, 2],
      [3, buffer],
    ]);
    expect([...back.set]).toEqual([1, buffer, 3]);
  });

  it("keep cycles and shared objects", () => {
    const buffer = Buffer.from("x");
    const shared = { buffer };
    const map = new Map<unknown, unknown>();
    const value = {
      shared,
      again: shared,
      buffer,
      map,
      list: [shared, map],
      self: undefined as unknown,
    };
    value.self = value;
    map.set(value, map).set(map, buffer);
    const back = sendBy(send, value) as typeof value;
    expect(back.self).toBe(back);
    expect(back.again).toBe(back.shared);
    expect(back.list).toEqual([back.shared, back.map]);
    expect(back.list[0]).toBe(back.shared);
    expect(back.buffer).toBe(back.shared.buffer);
    expect(back.map.get(back)).toBe(back.map);
    expect(back.map.get(back.map)).toBe(back.buffer);
  });

  it("keep holes, extra properties of arrays, and a key called __proto__", () => {
    const list = Object.assign([1, , Buffer.from("x")], { extra: new URL("a:b") }); // oxlint-disable-line no-sparse-arrays -- on purpose
    const value = JSON.parse('{"__proto__": {"a": 1}}') as Record<string, unknown>;
    value["list"] = list;
    const back = sendBy(send, value) as typeof value;
    expect(Object.getPrototypeOf(back)).toBe(Object.prototype);
    expect(Object.getOwnPropertyDescriptor(back, "__proto__")?.value).toEqual({ a: 1 });
    expect(1 in (back["list"] as object)).toBe(false);
    expect(back["list"]).toEqual(list);
  });

  it("do not change the original", () => {
    const buffer = Buffer.from("x");
    const inner = Object.freeze({ buffer });
    const value = Object.freeze({ inner, map: new Map([["k", buffer]]) });
    sendBy(send, value);
    expect(value.inner).toBe(inner);
    expect(inner.buffer).toBe(buffer);
    expect(value.map.get("k")).toBe(buffer);
  });

  it("keep errors with their class, fields and causes, wherever they are", () => {
    const cause = Object.assign(new TypeError("inner"), { code: "E_INNER" });
    const error = new RangeError("outer", { cause });
    const back = sendBy(send, { outcome: ["failed", error], same: error }) as {
      outcome: [string, RangeError];
      same: RangeError;
    };
    expect(back.outcome[1]).toBeInstanceOf(RangeError);
    expect(back.same).toBe(back.outcome[1]);
    expect(back.same.stack).toBe(error.stack);
    expect(back.same.cause).toBeInstanceOf(TypeError);
    expect(back.same.cause).toMatchObject({ message: "inner", code: "E_INNER" });
  });

  it("read accessors", () => {
    const value = {
      buffer: Buffer.from("x"),
      get now() {
        return 42;
      },
    };
    expect(sendBy(send, value)).toEqual({ buffer: Buffer.from("x"), now: 42 });
  });
});

describe("views of large buffers", () => {
  const large = new ArrayBuffer(1_000_000);
  it("are sent without the rest", () => {
    expect(lengthSent(new Float32Array(large, 8, 2))).toBe(8);
    expect(lengthSent(new DataView(large, 8, 2))).toBe(2);
  });

  it("are sent as they are when the rest is little, shared, or moved along", () => {
    expect(lengthSent(new Uint8Array(large, 1))).toBe(1_000_000);
    expect(lengthSent(new Uint8Array(new SharedArrayBuffer(1_000_000), 1, 1))).toBe(1_000_000);
    expect(lengthSent(new Uint8Array(large, 8, 2), { transfer: [large] })).toBe(1_000_000);
  });
});

describe("values that cannot travel", () => {
  const detached = new ArrayBuffer(8);
  const detachedView = new Uint8Array(detached);
  structuredClone(detached, { transfer: [detached] });

  it.each<[value: unknown, message: string]>([
    [{ onClick() {} }, "argument[0].onClick is a function"],
    [{ a: [1, { cb: () => 1 }] }, "argument[0].a[1].cb is a function"],
    [{ "two words": Symbol("s") }, 'argument[0]["two words"] is a symbol'],
    [new Map([["key", Promise.resolve()]]), 'argument[0].get("key") is a Promise; await it first'],
    [new Map([[() => 1, 1]]), "argument[0].keys()[0] is a function"],
    [new Set([1, Symbol.iterator]), "argument[0].values()[1] is a symbol"],
    [{ w: new WeakMap() }, "argument[0].w is a WeakMap"],
    [{ w: new WeakSet() }, "argument[0].w is a WeakSet"],
    [{ w: new WeakRef({}) }, "argument[0].w is a WeakRef"],
    [{ g: (function* () {})() }, "argument[0].g is a generator"],
    [{ i: new Map().entries() }, "argument[0].i is an iterator"],
    [{ p: new Proxy({}, {}) }, "argument[0].p is a Proxy"],
    [
      { user: { session: new Session() } },
      "argument[0].user.session is an instance of Session: its class would be lost. Send plain data",
    ],
    [[new (class Point extends Array {})()], "argument[0][0] is an instance of Point"],
    [[new (class Index extends Map {})()], "argument[0][0] is an instance of Index"],
    [[new (class Bytes extends Uint8Array {})()], "argument[0][0] is an instance of Bytes"],
    [[new (class Day extends Date {})()], "argument[0][0] is an instance of Day"],
    [{ socket: new Socket() }, "argument[0].socket is an instance of Socket"],
    [{ body: new PassThrough() }, "argument[0].body is an instance of PassThrough"],
    [{ signal: AbortSignal.abort() }, "argument[0].signal is an instance of AbortSignal"],
    [{ hook: createHook({}) }, "argument[0].hook is an instance of AsyncHook"],
    [{ s: Object(Symbol("boxed")) }, "argument[0].s is a symbol"],
    [{ b: detached }, "argument[0].b is a detached ArrayBuffer"],
    [{ b: detachedView }, "argument[0].b is a view of a detached ArrayBuffer"],
    [{ get a() { throw new Error("no"); } }, "argument[0].a could not be read"], // prettier-ignore
  ])("are refused with their path: %#", (value, message) => {
    expect(messageOf(value)).toContain(message);
  });

  it("are refused when they nest too deeply, as a list of many links does", () => {
    let list: object | undefined;
    for (let i = 0; i < 1_000_000; i += 1) list = { next: list };
    expect(messageOf(list)).toBe("argument is nested too deeply to be sent");
    let reduced: object = Buffer.from("x");
    for (let i = 0; i < 1_000_000; i += 1) reduced = { next: reduced };
    expect(messageOf(reduced)).toBe("argument is nested too deeply to be sent");
  });

  it("are looked for in every argument at once", () => {
    expect(() => pickleArguments([1, { a: 1 }, [() => 1]])).toThrow("argument[2][0] is a function");
    expect(pickleArguments([1, "2"])).toEqual([1, "2"]);
  });

  it("are named as the caller says", () => {
    expect(() => pickleValue({ f() {} }, "result")).toThrow("result.f is a function");
  });

  it("keep the error of an accessor as the cause", () => {
    const cause = new Error("not yet");
    const value = {
      get a() {
        throw cause;
      },
    };
    expect(() => pickleValue(value, "value")).toThrow(expect.objectContaining({ cause }));
  });
});

describe("strict: false", () => {
  const lax = { strict: false };

  it("sends instances of classes as their own properties", () => {
    const value = { session: new Session(), list: new (class List extends Array<number> {})(1, 2) };
    const plain = pickleValue(value, "value", lax);
    expect(structuredClone(plain)).toEqual({ session: { id: 1 }, list: expect.anything() });
  });

  it("still keeps parts inside them", () => {
    const value = new (class Holder {
      readonly bytes = Buffer.from("x");
    })();
    const plain = pickleValue(value, "value", lax) as Reduced;
    expect(unpickleValue(structuredClone(plain.payload))).toEqual({ bytes: Buffer.from("x") });
  });

  it("still refuses what structured clone cannot carry at all", () => {
    expect(messageOf({ s: new (class { f = (): number => 1; })() }, lax)).toBe("argument[0].s.f is a function"); // prettier-ignore
    expect(messageOf({ p: Promise.resolve() }, lax)).toContain("is a Promise");
  });
});

describe("findUncloneable", () => {
  it("finds what pickleValue finds", () => {
    expect(findUncloneable({ a: [() => 1] }, "result")).toBe("result.a[0] is a function");
  });

  it("finds what only structured clone notices", () => {
    const { port1 } = new MessageChannel();
    expect(findUncloneable({ list: [1, new Map([["port", port1]])] }, "result")).toMatch(
      /^result\.list\[1\]\.get\("port"\) cannot be sent: .*transfer/,
    );
    const list = Object.assign([1], { extra: () => 1 });
    expect(findUncloneable({ list }, "result")).toMatch(/^result\.list\.extra cannot be sent/);
  });

  it("says when a value nests too deeply for structured clone", () => {
    let list: object = {};
    for (let i = 0; i < 5000; i += 1) list = { next: list };
    expect(() => structuredClone(list)).toThrow(RangeError);
    expect(findUncloneable(list, "argument[0]")).toBe(
      "argument[0] is nested too deeply to be sent",
    );
  });

  it("finds nothing in a value that can be sent", () => {
    const cycle: unknown[] = [new Date(0), Buffer.from("x"), new URL("a:b"), new Error("e")];
    cycle.push(cycle);
    expect(findUncloneable(cycle, "result")).toBeUndefined();
  });
});

describe("dumps and loads", () => {
  it("carry data, values with parts, and functions", async () => {
    expect(await dumpAndLoad({ a: 1 })).toEqual({ a: 1 });
    expect(await dumpAndLoad({ a: Buffer.from("x") })).toEqual({ a: Buffer.from("x") });
    expect(await dumpAndLoad(Math.max)).toBe(Math.max);
    expect(((await dumpAndLoad((x: number) => x + 1)) as (x: number) => number)(1)).toBe(2);
  });

  it("refuse what cannot travel", () => {
    expect(() => dumps({ f() {} })).toThrow("value.f is a function");
  });
});
