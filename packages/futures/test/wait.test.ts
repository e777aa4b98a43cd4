import {
  ALL_COMPLETED,
  CancelledError,
  FIRST_COMPLETED,
  FIRST_EXCEPTION,
  Future,
  wait,
} from "@concurrent/futures";
import type { WaitResult } from "@concurrent/futures";
import { describe, expect, expectTypeOf, test } from "vitest";
import { cancelled, failed, rejection, succeeded } from "./support/futures.ts";

describe("wait", () => {
  test("counts a Future once (C060)", async () => {
    const future = new Future<number>();
    const waiting = wait([future, future]);
    future.setResult(1);
    expect(await waiting).toEqual({ done: new Set([future]), notDone: new Set() });
  });

  test("for nothing is over at once", async () => {
    for (const returnWhen of [FIRST_COMPLETED, FIRST_EXCEPTION, ALL_COMPLETED] as const) {
      expect(await wait([], { returnWhen })).toEqual({ done: new Set(), notDone: new Set() });
    }
  });

  test("FIRST_COMPLETED returns with the first one (C061)", async () => {
    const quick = new Future<number>();
    const blocked = new Future<number>();
    const waiting = wait([blocked, quick], { returnWhen: FIRST_COMPLETED });
    quick.setResult(1);
    expect(await waiting).toEqual({ done: new Set([quick]), notDone: new Set([blocked]) });
  });

  test("FIRST_COMPLETED returns at once when some are done, cancelled ones too (C062)", async () => {
    const done = [cancelled(), succeeded(1)];
    const blocked = new Future<number>();
    const result = await wait([...done, blocked], { returnWhen: FIRST_COMPLETED });
    expect(result).toEqual({ done: new Set(done), notDone: new Set([blocked]) });
  });

  test("FIRST_COMPLETED is woken by cancel", async () => {
    const future = new Future<number>();
    const waiting = wait([future, new Future()], { returnWhen: FIRST_COMPLETED });
    future.cancel();
    expect((await waiting).done).toEqual(new Set([future]));
  });

  test("FIRST_EXCEPTION returns with the first failure (C063)", async () => {
    const [fine, raises, blocked] = [new Future(), new Future(), new Future()] as const;
    const waiting = wait([fine, raises, blocked], { returnWhen: FIRST_EXCEPTION });
    fine.setResult(1);
    raises.setException(undefined);
    expect(await waiting).toEqual({
      done: new Set([fine, raises]),
      notDone: new Set([blocked]),
    });
    raises.exceptionNow();
  });

  test("FIRST_EXCEPTION takes a cancelled Future for done, not for failed (C064)", async () => {
    const settled = [succeeded(1), cancelled()];
    const [fails, blocked, other] = [new Future(), new Future(), new Future()] as const;
    const waiting = wait([...settled, fails, blocked, other], { returnWhen: FIRST_EXCEPTION });
    other.cancel();
    fails.setException(new Error("fails"));
    expect(await waiting).toEqual({
      done: new Set([...settled, fails, other]),
      notDone: new Set([blocked]),
    });
    fails.exceptionNow();
  });

  test("FIRST_EXCEPTION returns at once when one has failed (C065)", async () => {
    const error = failed(new Error("before"));
    const blocked = new Future<number>();
    const result = await wait([error, blocked], { returnWhen: FIRST_EXCEPTION });
    expect(result).toEqual({ done: new Set([error]), notDone: new Set([blocked]) });
  });

  test("FIRST_EXCEPTION waits for all when none fails", async () => {
    const futures = [new Future<number>(), new Future<number>()] as const;
    const waiting = wait(futures, { returnWhen: FIRST_EXCEPTION });
    futures[1].setResult(1);
    futures[0].cancel();
    expect((await waiting).notDone.size).toBe(0);
  });

  test("ALL_COMPLETED waits for finished, cancelled and failed ones (C066)", async () => {
    const late = new Future<number>();
    const all = [succeeded(1), cancelled(), failed(new Error("failed")), late];
    const waiting = wait(all, { returnWhen: ALL_COMPLETED });
    late.setResult(1);
    expect(await waiting).toEqual({ done: new Set(all), notDone: new Set() });
  });

  test("that runs out of time returns what there is (C067)", async () => {
    const done = succeeded(1);
    const blocked = new Future<number>();
    for (const timeout of [0, 5]) {
      const result = await wait([done, blocked], { timeout });
      expect(result).toEqual({ done: new Set([done]), notDone: new Set([blocked]) });
    }
  });

  test("misses none of many that are done together (C068)", async () => {
    const futures = Array.from({ length: 100 }, () => new Future<number>());
    const waits = futures.map(() => wait(futures));
    for (const future of futures) queueMicrotask(() => future.setResult(1));
    for (const { done } of await Promise.all(waits)) expect(done.size).toBe(100);
  });

  test("takes any iterable", async () => {
    const future = succeeded(1);
    function* once(): Generator<Future<number>> {
      yield future;
    }
    expect((await wait(once())).done).toEqual(new Set([future]));
  });

  test("ends with a CancelledError when its signal aborts", async () => {
    const controller = new AbortController();
    const waiting = rejection(wait([new Future()], { signal: controller.signal }));
    controller.abort("enough");
    const error = await waiting;
    expect(error).toBeInstanceOf(CancelledError);
    expect(error).toMatchObject({ cause: "enough" });
  });

  test("rejects what is not a Future, naming where it is", async () => {
    // @ts-expect-error not a Future
    const error = await rejection(wait([succeeded(1), Promise.resolve(2)]));
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toMatchObject({ message: "`futures[1]` must be a Future, got Promise (object)" });
    // @ts-expect-error not iterable
    await expect(wait(succeeded(1))).rejects.toThrow("`futures` must be an iterable of Futures");
    // @ts-expect-error not iterable
    await expect(wait()).rejects.toThrow(TypeError);
  });

  test("rejects an unknown condition, naming it, even when all are done", async () => {
    // @ts-expect-error no such condition
    const error = await rejection(wait([], { returnWhen: "SOON" }));
    expect(error).toBeInstanceOf(RangeError);
    expect(error).toMatchObject({ message: expect.stringContaining('"SOON"') });
  });

  test("keeps the types of its Futures", () => {
    expectTypeOf(wait([succeeded(1), succeeded("a")])).resolves.toEqualTypeOf<
      WaitResult<Future<number> | Future<string>>
    >();
  });
});
