import { AsyncLocalStorage } from "node:async_hooks";
import { Future } from "@concurrent/futures";
import { describe, expect, test } from "vitest";
import { cancelled, failed, succeeded } from "./support/futures.ts";
import { nextWarning } from "./support/warnings.ts";

describe("a done callback", () => {
  test("sees the result (C025)", () => {
    const seen: unknown[] = [];
    const future = new Future<number>();
    future.addDoneCallback((done) => seen.push(done === future, done.resultNow()));
    future.setResult(5);
    expect(seen).toEqual([true, 5]);
  });

  test("sees the error (C026)", () => {
    const seen: unknown[] = [];
    const error = new Error("test");
    const future = new Future<number>();
    future.addDoneCallback((done) => seen.push(done.exceptionNow()));
    future.setException(error);
    expect(seen).toEqual([error]);
  });

  test("sees the cancellation, before cancel answers (C027)", () => {
    const seen: unknown[] = [];
    const future = new Future<number>();
    future.addDoneCallback((done) => seen.push(done.cancelled()));
    expect(future.cancel()).toBe(true);
    expect(future.cancel()).toBe(true);
    expect(seen).toEqual([true]);
  });

  test.each([
    ["successful (C029)", succeeded(1)],
    ["failed (C030)", failed(new Error("test"))],
    ["cancelled (C031)", cancelled()],
  ])("of a Future already %s runs at once", (_, future) => {
    let seen: unknown;
    future.addDoneCallback((done: unknown) => (seen = done));
    expect(seen).toBe(future);
  });

  test("runs once for each addition, in their order", () => {
    const calls: string[] = [];
    const future = new Future<number>();
    const first = (): unknown => calls.push("first");
    future.addDoneCallback(first);
    future.addDoneCallback(() => calls.push("second"));
    future.add_done_callback(first);
    future.setResult(1);
    expect(calls).toEqual(["first", "second", "first"]);
  });

  test("runs after those who wait were woken, and before they go on", async () => {
    const order: string[] = [];
    const future = new Future<number>();
    future.addDoneCallback(() => order.push("callback"));
    const result = future.result().then(() => order.push("result"));
    future.setResult(1);
    order.push("set");
    await result;
    expect(order).toEqual(["callback", "set", "result"]);
  });

  test("may add another, which runs at once", () => {
    const order: string[] = [];
    const future = new Future<number>();
    future.addDoneCallback(() => {
      order.push("outer");
      future.addDoneCallback(() => order.push("inner"));
    });
    future.addDoneCallback(() => order.push("next"));
    future.setResult(1);
    expect(order).toEqual(["outer", "inner", "next"]);
  });

  test("must be a function", () => {
    // @ts-expect-error not a function
    expect(() => new Future().addDoneCallback("later")).toThrow(TypeError);
  });
});

describe("removeDoneCallback", () => {
  test("removes every addition of that function and says how many", () => {
    const calls: string[] = [];
    const gone = (): unknown => calls.push("gone");
    const future = new Future<number>();
    expect(future.removeDoneCallback(gone)).toBe(0);
    future.addDoneCallback(gone);
    expect(future.removeDoneCallback(gone)).toBe(1);
    future.addDoneCallback(gone);
    future.addDoneCallback(() => calls.push("kept"));
    future.addDoneCallback(gone);
    expect(future.removeDoneCallback(gone)).toBe(2);
    future.setResult(1);
    expect(calls).toEqual(["kept"]);
    expect(future.removeDoneCallback(gone)).toBe(0);
  });

  test("leaves those who wait alone", async () => {
    const future = new Future<number>();
    const result = future.result();
    expect(future.removeDoneCallback(() => undefined)).toBe(0);
    future.setResult(1);
    await expect(result).resolves.toBe(1);
  });
});

describe("a done callback that fails", () => {
  test("is reported, and the next one runs (C028)", async () => {
    const calls: string[] = [];
    const future = new Future<number>();
    future.addDoneCallback(() => {
      throw new Error("doh!");
    });
    future.addDoneCallback(() => calls.push("next"));
    const warning = nextWarning();
    future.setResult(5);
    expect(calls).toEqual(["next"]);
    expect(await warning).toMatchObject({
      code: "ERR_FUTURES_CALLBACK",
      message: "exception calling callback for Future { finished: 5 }: Error: doh!",
      detail: expect.stringContaining("done-callbacks.test.ts"),
    });
  });

  test("is reported when the Future was already done (C032)", async () => {
    const warning = nextWarning();
    succeeded(1).addDoneCallback(() => {
      throw new Error("doh!");
    });
    expect((await warning).message).toMatch(/^exception calling callback for .*doh!$/u);
  });

  test("may do so by a promise", async () => {
    const warning = nextWarning();
    succeeded(1).addDoneCallback(async () => {
      throw new Error("later");
    });
    expect((await warning).message).toContain("later");
  });

  test("may throw anything", async () => {
    const warning = nextWarning();
    succeeded(1).addDoneCallback(() => {
      // oxlint-disable-next-line typescript/only-throw-error
      throw undefined;
    });
    expect((await warning).message).toMatch(/: undefined$/u);
  });
});

describe("the AsyncLocalStorage context of a done callback", () => {
  const storage = new AsyncLocalStorage<string>();

  test("is that of its addition", () => {
    const seen: unknown[] = [];
    const future = new Future<number>();
    storage.run("first", () => future.addDoneCallback(() => seen.push(storage.getStore())));
    storage.run("second", () => future.addDoneCallback(() => seen.push(storage.getStore())));
    future.addDoneCallback(() => seen.push(storage.getStore()));
    storage.run("settling", () => future.setResult(1));
    expect(seen).toEqual(["first", "second", undefined]);
  });

  test("is the caller's when it runs at once", () => {
    let seen: unknown;
    storage.run("now", () => succeeded(1).addDoneCallback(() => (seen = storage.getStore())));
    expect(seen).toBe("now");
  });
});
