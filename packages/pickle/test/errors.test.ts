import {
  CancelledError,
  FuturesError,
  isFuturesError,
  SerializationError,
  WorkerCrashedError,
} from "@concurrent/futures";
import { pickleError, unpickleError } from "@concurrent/pickle";
import { readFileSync } from "node:fs";
import { types } from "node:util";
import { deserialize, serialize } from "node:v8";
import { createContext, runInContext } from "node:vm";
import { describe, expect, it } from "vitest";

class ValidationError extends RangeError {
  readonly field = "age";
  override name = "ValidationError";
}

class Socket {
  readonly isOpen = true;
}

class Outcome {
  readonly ok = false;
}

const thrownBy = (fn: () => unknown): Error => {
  try {
    fn();
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
};

const hostile = (): never => {
  throw new Error("hostile");
};

describe.each<[name: string, send: (plain: unknown) => unknown]>([
  ["structuredClone", (plain) => structuredClone(plain)],
  ["v8.serialize", (plain) => deserialize(serialize(plain))],
])("what was thrown, sent by %s", (_name, send) => {
  const roundTrip = <T>(thrown: T): T =>
    unpickleError(send(pickleError(thrown)) as ReturnType<typeof pickleError>) as T;

  it.each([Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError])(
    "is an instance of its class: %o",
    (ErrorClass) => {
      const error = new ErrorClass("a message");
      const back = roundTrip(error);
      expect(back).toBeInstanceOf(ErrorClass);
      expect(back.constructor).toBe(ErrorClass);
      expect(types.isNativeError(back)).toBe(true);
      expect(back.name).toBe(ErrorClass.name);
      expect(back.message).toBe("a message");
      expect(back.stack).toBe(error.stack);
      expect(Object.keys(back)).toEqual([]);
    },
  );

  it("is an instance of the nearest class that exists everywhere, under its own name", () => {
    const back = roundTrip(new ValidationError("too young"));
    expect(back).toBeInstanceOf(RangeError);
    expect(back).toMatchObject({ name: "ValidationError", message: "too young", field: "age" });
    expect(back.stack).toMatch(/^ValidationError: too young\n {4}at /);
    expect(Object.keys(back)).toEqual(["field"]);
  });

  it("is a DOMException with its name and code", () => {
    const back = roundTrip(new DOMException("stopped", "AbortError"));
    expect(back).toBeInstanceOf(DOMException);
    expect(back).toMatchObject({ name: "AbortError", message: "stopped", code: 20 });
    expect(back.stack).toMatch(/AbortError: stopped/);
  });

  it("is an error of @concurrent/futures with its code and fields", () => {
    const cancelled = roundTrip(new CancelledError("stop", { cause: "reason" }));
    expect(cancelled).toBeInstanceOf(CancelledError);
    expect(cancelled).toBeInstanceOf(FuturesError);
    expect(cancelled.name).toBe("CancelledError");
    expect(cancelled.cause).toBe("reason");
    expect(isFuturesError(cancelled, "ERR_FUTURES_CANCELLED")).toBe(true);
    const crashed = roundTrip(new WorkerCrashedError("died", { exitcode: 3, oom: true }));
    expect(crashed).toBeInstanceOf(WorkerCrashedError);
    expect(crashed).toMatchObject({ exitcode: 3, oom: true, code: "ERR_EXECUTOR_WORKER_CRASHED" });
    expect(roundTrip(new SerializationError("x"))).toBeInstanceOf(SerializationError);
  });

  it("is not mistaken for a class of the same name", () => {
    const { RangeError: Impostor } = { RangeError: class RangeError extends Error {} };
    const back = roundTrip(new Impostor("mine"));
    expect(back).toBeInstanceOf(Error);
    expect(back).not.toBeInstanceOf(RangeError);
  });

  it("keeps the errors of an AggregateError", () => {
    const back = roundTrip(new AggregateError([new TypeError("a"), "b"], "both failed"));
    expect(back).toBeInstanceOf(AggregateError);
    expect(back.errors).toEqual([new TypeError("a"), "b"]);
    expect(back.errors[0]).toBeInstanceOf(TypeError);
    expect(Object.keys(back)).toEqual([]);
  });

  it("keeps the code and details of a system error", () => {
    const error = thrownBy(() => readFileSync("/nowhere/at/all"));
    expect(roundTrip(error)).toMatchObject({
      code: "ENOENT",
      syscall: "open",
      errno: expect.any(Number),
      path: "/nowhere/at/all",
    });
  });

  it("keeps the header with the code of Node's own errors", () => {
    const error = thrownBy(() => Buffer.alloc(-1));
    const back = roundTrip(error);
    expect(back.stack).toBe(error.stack);
    expect(back).toMatchObject({ code: "ERR_OUT_OF_RANGE", name: "RangeError" });
  });

  it("keeps a code that is not an own property", () => {
    class Coded extends Error {
      get code(): string {
        return "E_CODED";
      }
    }
    expect(roundTrip(new Coded("x"))).toMatchObject({ code: "E_CODED" });
  });

  it("keeps causes of causes, and cycles of them", () => {
    const inner: Error = new Error("inner");
    const outer = new Error("outer", { cause: new TypeError("middle", { cause: inner }) });
    inner.cause = outer;
    const back = roundTrip(outer);
    expect(back.cause).toBeInstanceOf(TypeError);
    expect(((back.cause as Error).cause as Error).cause).toBe(back);
    expect(Object.keys(back)).toEqual([]);
  });

  it("ends a chain of causes that nobody reads to its end", () => {
    let error = new Error("first");
    for (let i = 0; i < 20_000; i += 1) error = new Error(`level ${i}`, { cause: error });
    let depth = 0;
    let cause: unknown = roundTrip(error);
    for (; cause instanceof Error; cause = cause.cause) depth += 1;
    expect(depth).toBeGreaterThan(50);
    expect(depth).toBeLessThan(200);
    expect(cause).toMatch(/^Error: level \d+$/);
  });

  it("describes what cannot travel and keeps everything else", () => {
    const error = Object.assign(new Error("request failed"), {
      status: 503,
      when: new Date(0),
      body: Buffer.from("x"),
      retry() {},
      request: { url: "/a", socket: new Socket(), agent: new Proxy({}, {}) },
      token: Symbol("secret"),
      pending: Promise.resolve(),
    });
    Object.defineProperty(error, "lazy", { get: hostile, enumerable: true });
    expect(roundTrip(error)).toMatchObject({
      status: 503,
      when: new Date(0),
      body: Buffer.from("x"),
      retry: "[function retry]",
      request: { url: "/a", socket: "[object Socket]", agent: "[Proxy]" },
      token: "Symbol(secret)",
      pending: "[object Promise]",
      lazy: "[threw: [object Error]]",
    });
  });

  it("may be of another realm", () => {
    const error = runInContext("new RangeError('foreign')", createContext()) as Error;
    expect(roundTrip(error)).toBeInstanceOf(RangeError);
  });

  it.each([
    [undefined],
    [null],
    [0],
    ["text"],
    [{ status: 404 }],
    [[1, 2]],
    [10n],
    [new Map([[1, 2]])],
  ])("is the value itself when it is no error: %o", (value) => {
    expect(roundTrip<unknown>(value)).toEqual(value);
  });

  it("is described when it is no error and cannot travel", () => {
    expect(roundTrip<unknown>(() => 1)).toBe("[function (anonymous)]");
    expect(roundTrip<unknown>(Symbol("s"))).toBe("Symbol(s)");
    expect(roundTrip<unknown>(new Proxy({}, {}))).toBe("[Proxy]");
    expect(roundTrip<unknown>(new Outcome())).toBe("[object Outcome]");
  });

  it("never breaks the sender, however hostile it is", () => {
    const handler = new Proxy({}, { get: hostile });
    const revoked = Proxy.revocable(new Error("x"), {});
    revoked.revoke();
    const getters = new Error("x");
    for (const key of ["stack", "name", "message", "cause", "code"]) {
      Object.defineProperty(getters, key, { get: hostile, enumerable: true });
    }
    let deep: unknown = 1;
    for (let i = 0; i < 100_000; i += 1) deep = [deep];
    const odd = Object.assign(new Error("x"), { name: 1, message: {}, stack: [] as unknown });
    const strange = [
      new Proxy(new Error("x"), handler),
      revoked.proxy,
      getters,
      odd,
      Object.create(Error.prototype),
      Object.assign(new Error("deep"), { deep }),
      Object.assign(new Error("x"), {
        bad: Object.create(null, { y: { get: hostile, enumerable: true } }),
      }),
      Object.setPrototypeOf(new Error("x"), null),
    ];
    for (const thrown of strange) {
      expect(() => roundTrip(thrown)).not.toThrow();
    }
    expect(roundTrip(Object.assign(new Error("deep"), { deep }))).toMatchObject({
      message: "deep",
    });
  });
});

describe("the stack of what was thrown elsewhere", () => {
  const error = new RangeError("two\nlines");
  const pickled = pickleError(error);

  /** What a context adds to the stack. */
  const stackWith = (context: object): string =>
    (unpickleError(pickled, context) as Error).stack!.slice(error.stack!.length);

  it("goes on with a line for the worker and the frames of the submit call", () => {
    const submitStack = "Error\n    at submit (app.js:1:2)\n    at main (app.js:3:4)";
    const { stack } = unpickleError(pickled, {
      worker: "worker thread 2",
      task: "resize",
      submitStack,
    }) as Error;
    expect(stack).toBe(
      `${error.stack}\n    --- worker thread 2 (task "resize") ---\n` +
        "    at submit (app.js:1:2)\n    at main (app.js:3:4)",
    );
    expect(stack).toMatch(/^RangeError: two\nlines\n {4}at /);
  });

  it("says as much of the worker as is known", () => {
    expect(stackWith({})).toBe("");
    expect(stackWith({ worker: "worker process 7" })).toBe("\n    --- worker process 7 ---");
    expect(stackWith({ task: "f" })).toBe('\n    --- worker (task "f") ---');
  });

  it("begins with name and message even when they were changed or the stack was lost", () => {
    const renamed = new Error("before");
    renamed.message = "after";
    renamed.name = "Renamed";
    expect((unpickleError(pickleError(renamed)) as Error).stack).toMatch(
      /^Renamed: after\n {4}at /,
    );
    const without = new Error("no stack");
    delete without.stack;
    expect((unpickleError(pickleError(without)) as Error).stack).toBe("Error: no stack");
    expect((unpickleError(pickleError(new Error(""))) as Error).stack).toMatch(/^Error\n {4}at /);
  });

  it("leaves values that are no errors alone", () => {
    expect(unpickleError(pickleError("text"), { worker: "w" })).toBe("text");
  });
});
