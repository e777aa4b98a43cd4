import { inspect } from "node:util";
import { CancelledError, Future, InvalidStateError, TimeoutError } from "@concurrent/futures";
import { describe, expect, expectTypeOf, test } from "vitest";
import { cancelled, failed, rejection, running, succeeded } from "./support/futures.ts";

const boom = new RangeError("boom");
const states = {
  pending: () => new Future<number>(),
  running,
  cancelled,
  failed: () => failed(boom),
  succeeded: () => succeeded(42),
};

describe("state", () => {
  test.each([
    ["pending", "pending", false, false, false],
    ["running", "running", false, true, false],
    ["cancelled", "cancelled", true, false, true],
    ["failed", "finished", false, false, true],
    ["succeeded", "finished", false, false, true],
  ] as const)("of a %s Future (C045-C047)", (name, state, isCancelled, isRunning, isDone) => {
    const future = states[name]();
    expect(future.state).toBe(state);
    expect(future.cancelled()).toBe(isCancelled);
    expect(future.running()).toBe(isRunning);
    expect(future.done()).toBe(isDone);
  });
});

describe("cancel", () => {
  test.each([
    ["pending", true, "cancelled"],
    ["running", false, "running"],
    ["cancelled", true, "cancelled"],
    ["failed", false, "finished"],
    ["succeeded", false, "finished"],
  ] as const)("a %s Future answers %s and leaves it %s (C039-C044)", (name, answer, after) => {
    const future = states[name]();
    expect(future.cancel()).toBe(answer);
    expect(future.state).toBe(after);
  });

  test("still answers true after the executor was notified (C042)", () => {
    const future = cancelled();
    expect(future.setRunningOrNotifyCancel()).toBe(false);
    expect(future.cancel()).toBe(true);
    expect(future.state).toBe("cancelled");
  });
});

describe("abort", () => {
  test("cancels a pending Future and keeps the reason as cause", async () => {
    const future = new Future<number>();
    expect(future.abort("no more use")).toBe(true);
    const error = await rejection(future.result());
    expect(error).toBeInstanceOf(CancelledError);
    expect(error).toMatchObject({ cause: "no more use" });
  });

  test("answers false when there is nobody who could stop it", () => {
    const future = running();
    expect(future.abort("too late")).toBe(false);
    expect(future.state).toBe("running");
    expect(succeeded(1).abort()).toBe(false);
    expect(failed(boom).abort()).toBe(false);
    expect(cancelled().abort()).toBe(true);
  });
});

describe("result and exception", () => {
  test.each([
    ["pending", TimeoutError],
    ["running", TimeoutError],
    ["cancelled", CancelledError],
  ] as const)("of a %s Future reject when polled (C048, C051)", async (name, errorClass) => {
    const future = states[name]();
    await expect(future.result({ timeout: 0 })).rejects.toBeInstanceOf(errorClass);
    await expect(future.exception({ timeout: 0 })).rejects.toBeInstanceOf(errorClass);
  });

  test("of a finished Future are the value or the very error (C048, C051)", async () => {
    await expect(succeeded(42).result({ timeout: 0 })).resolves.toBe(42);
    await expect(succeeded(42).exception({ timeout: 0 })).resolves.toBeUndefined();
    expect(await rejection(failed(boom).result({ timeout: 0 }))).toBe(boom);
    await expect(failed(boom).exception({ timeout: 0 })).resolves.toBe(boom);
  });

  test("wait for a late result (C049)", async () => {
    const future = new Future<number>();
    const result = future.result({ timeout: 60_000 });
    const exception = future.exception();
    future.setResult(42);
    await expect(result).resolves.toBe(42);
    await expect(exception).resolves.toBeUndefined();
  });

  test("wait for a late error (C052)", async () => {
    const future = new Future<number>();
    const result = rejection(future.result());
    const exception = future.exception({ timeout: 60_000 });
    future.setException(boom);
    expect(await exception).toBe(boom);
    expect(await result).toBe(boom);
  });

  test("are woken by cancel (C050)", async () => {
    const future = new Future<number>();
    const result = rejection(future.result());
    const exception = rejection(future.exception({ timeout: 60_000 }));
    future.cancel();
    expect(await result).toBeInstanceOf(CancelledError);
    expect(await exception).toBe(await result);
  });

  test("reject with the same CancelledError each time", async () => {
    const future = cancelled();
    const error = await rejection(future.result());
    expect(await rejection(future.result())).toBe(error);
    expect(() => future.resultNow()).toThrow(error);
  });

  test.each([undefined, null, 0, "", false, Number.NaN])(
    "throw even %o, as it was thrown",
    async (thrown) => {
      const future = new Future<number>();
      const late = rejection(future.result());
      future.setException(thrown);
      expect(await late).toBe(thrown);
      expect(await rejection(future.result())).toBe(thrown);
      expect(await future.exception()).toBe(thrown);
      expect(inspect(future)).toMatch(/^Future \{ failed: /u);
    },
  );

  test("an error that looks empty is an error (C023, C024)", async () => {
    class EmptyError extends Error {
      readonly length = 0;
      override valueOf(): boolean {
        return false;
      }
    }
    const error = new EmptyError();
    expect(await rejection(failed(error).result())).toBe(error);
  });

  test("are made when asked for: a dropped failure rejects nothing", async () => {
    const first = failed(boom).result();
    const second = failed(boom).result();
    expect(first).not.toBe(second);
    expect(await rejection(first)).toBe(await rejection(second));
  });
});

describe("resultNow and exceptionNow", () => {
  test.each(["pending", "running"] as const)("of a %s Future throw", (name) => {
    const future = states[name]();
    expect(() => future.resultNow()).toThrow(InvalidStateError);
    expect(() => future.exceptionNow()).toThrow(`Future { ${name} }`);
  });

  test("are result and exception without a promise", () => {
    expect(succeeded(42).resultNow()).toBe(42);
    expect(succeeded(42).exceptionNow()).toBeUndefined();
    expect(() => failed(boom).resultNow()).toThrow(boom);
    expect(failed(boom).exceptionNow()).toBe(boom);
    expect(() => cancelled().resultNow()).toThrow(CancelledError);
    expect(() => cancelled().exceptionNow()).toThrow(CancelledError);
  });

  test("say the same each time (C055-C059)", () => {
    const future = failed(boom);
    for (let i = 0; i < 1000; i++) {
      expect(future.done() && !future.cancelled() && future.exceptionNow() === boom).toBe(true);
    }
  });
});

describe("for executors", () => {
  test("a second result is refused and the first stays (C053)", async () => {
    const future = succeeded(1);
    expect(() => future.setResult(2)).toThrow(InvalidStateError);
    expect(() => future.setResult(2)).toThrow(/finished: 1/u);
    expect(future.done()).toBe(true);
    await expect(future.result()).resolves.toBe(1);
  });

  test("a second error is refused and the first stays (C054)", async () => {
    const first = new TypeError("first");
    const future = failed(first);
    expect(() => future.setException(new Error("second"))).toThrow(/failed: TypeError: first/u);
    expect(await future.exception()).toBe(first);
  });

  test("a cancelled Future takes no outcome", () => {
    expect(() => cancelled().setResult(1)).toThrow(/cancelled/u);
    expect(() => cancelled().setException(boom)).toThrow(/cancelled/u);
    expect(() => cancelled().setCancelled()).toThrow(/cancelled/u);
  });

  test("setRunningOrNotifyCancel starts a pending Future only", () => {
    const future = new Future<number>();
    expect(future.setRunningOrNotifyCancel()).toBe(true);
    expect(future.state).toBe("running");
    expect(() => future.setRunningOrNotifyCancel()).toThrow(InvalidStateError);
    expect(() => succeeded(1).setRunningOrNotifyCancel()).toThrow(InvalidStateError);
    expect(cancelled().setRunningOrNotifyCancel()).toBe(false);
  });

  test("setCancelled cancels a running Future, with a cause", async () => {
    const future = running();
    future.setCancelled("stopped");
    expect(future.state).toBe("cancelled");
    expect(await rejection(future.result())).toMatchObject({ cause: "stopped" });
  });
});

describe("Future.from", () => {
  test("is running until the promise is settled, and cannot be cancelled", async () => {
    const future = Future.from(Promise.resolve(7));
    expect(future.state).toBe("running");
    expect(future.cancel()).toBe(false);
    expect(future.abort("please")).toBe(false);
    await expect(future.result()).resolves.toBe(7);
  });

  test("fails as the promise does", async () => {
    await expect(Future.from(Promise.reject(boom)).exception()).resolves.toBe(boom);
  });

  test("ignores a promise that settles after the Future was settled", async () => {
    const late = [Future.from(Promise.resolve(7)), Future.from<number>(Promise.reject(boom))];
    for (const future of late) future.setResult(1);
    await new Promise(setImmediate);
    expect(late.map((future) => future.resultNow())).toEqual([1, 1]);
  });

  test("has the awaited type", () => {
    expectTypeOf(Future.from(Promise.resolve(7))).toEqualTypeOf<Future<number>>();
    // @ts-expect-error a Future is not a promise
    const nested = Future.from(new Future<number>());
    expectTypeOf(nested).not.toEqualTypeOf<Future<number>>();
  });
});

describe("text", () => {
  test.each([
    [new Future(), "Future { pending }"],
    [running(), "Future { running }"],
    [cancelled(), "Future { cancelled }"],
    [succeeded(42), "Future { finished: 42 }"],
    [succeeded("text"), "Future { finished: 'text' }"],
    [succeeded(undefined), "Future { finished: undefined }"],
    [failed(boom), "Future { failed: RangeError: boom }"],
  ])("of %s (C033-C038)", (future, expected) => {
    expect(inspect(future)).toBe(expected);
  });

  test("is the same as a string, but for quotes", () => {
    expect(String(succeeded(42))).toBe("Future { finished: 42 }");
    expect(String(succeeded("text"))).toBe('Future { finished: "text" }');
    expect(String(succeeded({ a: 1 }))).toBe("Future { finished: Object }");
    expect(String(failed(boom))).toBe("Future { failed: RangeError: boom }");
  });

  test("shows values as deep as inspect was asked to", () => {
    const future = succeeded({ a: { b: { c: 1 } } });
    expect(inspect(future, { depth: 1 })).toBe("Future { finished: { a: [Object] } }");
    expect(inspect(future, { depth: null })).toContain("{ c: 1 }");
    expect(inspect({ in: { a: { b: future } } }, { depth: 1 })).toContain("[Object]");
  });

  test("is given even for values without one", () => {
    const hostile = new Proxy(
      {},
      {
        get() {
          throw new Error("no");
        },
        getPrototypeOf() {
          throw new Error("no");
        },
      },
    );
    expect(String(failed(hostile))).toBe("Future { failed: an object }");
    expect(Object.prototype.toString.call(new Future())).toBe("[object Future]");
  });
});

test("is not thenable: async functions and loops pass it on", async () => {
  const future = new Future<number>();
  expect("then" in future).toBe(false);
  expect(await (async () => future)()).toBe(future);
  expectTypeOf<Awaited<Future<number>>>().toEqualTypeOf<Future<number>>();
});

test("subclasses have an instanceof of their own", () => {
  class Named extends Future<number> {}
  expect(new Named()).toBeInstanceOf(Named);
  expect(new Named()).toBeInstanceOf(Future);
  expect(new Future()).not.toBeInstanceOf(Named);
  expect({}).not.toBeInstanceOf(Future);
});

test("a Future of a narrower type is one of a wider type", () => {
  expectTypeOf<Future<1>>().toExtend<Future<number>>();
  expectTypeOf<Future<number>>().toExtend<Future<unknown>>();
  expectTypeOf<Future<string>>().not.toExtend<Future<number>>();
  expectTypeOf<Future<number>>().toHaveProperty("result").returns.toEqualTypeOf<Promise<number>>();
});
