import {
  BrokenExecutorError,
  CancelledError,
  ExecutorShutdownError,
  Future,
  InlineExecutor,
  SerializationError,
  TimeoutError,
} from "@concurrent/futures";
import { describe, expect, expectTypeOf, test, vi } from "vitest";
import { rejection } from "./support/futures.ts";

const double = (x: number): number => x * 2;
const never = (): Promise<never> => new Promise(() => undefined);

/** A function that goes on when the test says so. */
function gate(): { pass: (value?: unknown) => void; fn: () => Promise<unknown> } {
  let pass: ((value?: unknown) => void) | undefined;
  const opened = new Promise((resolve) => {
    pass = resolve;
  });
  return { pass: pass!, fn: () => opened };
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("InlineExecutor", () => {
  test("runs calls later, one at a time, in order", async () => {
    await using executor = new InlineExecutor();
    const order: string[] = [];
    const futures = ["a", "b", "c"].map((name) =>
      executor.submit(async (text: string) => {
        order.push(`${text} starts`);
        await settle();
        order.push(`${text} ends`);
      }, name),
    );
    expect(order).toEqual([]);
    expect(futures.map(({ state }) => state)).toEqual(["pending", "pending", "pending"]);
    await futures[0]!.result();
    expect(futures[1]!.state).not.toBe("finished");
    await futures[2]!.result();
    expect(order).toEqual(["a starts", "a ends", "b starts", "b ends", "c starts", "c ends"]);
  });

  test("shows a call running and refuses to cancel it then", async () => {
    await using executor = new InlineExecutor();
    const { pass, fn } = gate();
    const future = executor.submit(fn);
    await settle();
    expect(future.state).toBe("running");
    expect(future.cancel()).toBe(false);
    pass();
    await future.result();
  });

  test("never starts what was cancelled before", async () => {
    await using executor = new InlineExecutor();
    let ran = false;
    const future = executor.submit(() => {
      ran = true;
    });
    expect(future.cancel()).toBe(true);
    await executor.shutdown();
    expect(ran).toBe(false);
    expect(await rejection(future.result())).toBeInstanceOf(CancelledError);
  });

  test("settles an aborted call at once, and lets its function end before the next starts", async () => {
    await using executor = new InlineExecutor();
    const { pass, fn } = gate();
    const future = executor.submit(fn);
    const next = executor.submit(double, 1);
    await settle();
    expect(future.abort("why")).toBe(true);
    expect(await rejection(future.result())).toMatchObject({ cause: "why" });
    await settle();
    expect(next.state).toBe("pending");
    pass();
    await expect(next.result()).resolves.toBe(2);
    expect(future.cancelled()).toBe(true);
  });

  test("gives the task's own error, thrown or rejected", async () => {
    await using executor = new InlineExecutor();
    const error = new RangeError("boom");
    const thrown = executor.submit(() => {
      throw error;
    });
    const rejected = executor.submit(() => Promise.reject(error));
    expect(await rejection(thrown.result())).toBe(error);
    expect(await rejected.exception()).toBe(error);
  });

  test("copies arguments when they are submitted, and results", async () => {
    await using executor = new InlineExecutor();
    const argument = { list: [1] };
    let inside: unknown;
    const future = executor.submit((value: { list: number[] }) => {
      inside = value;
      return value;
    }, argument);
    argument.list.push(2);
    const result = await future.result();
    expect(result).toEqual({ list: [1] });
    expect(result).not.toBe(inside);
    expect(inside).not.toBe(argument);
  });

  test("fails a call whose arguments or result cannot be copied", async () => {
    await using executor = new InlineExecutor();
    const argument = executor.submit(
      (fn: () => void) => fn,
      () => undefined,
    );
    const error = await rejection(argument.result());
    expect(error).toBeInstanceOf(SerializationError);
    expect(error).toMatchObject({ cause: { name: "DataCloneError" } });
    const result = executor.withOptions({ name: "giveSymbol" }).submit(() => Symbol("s"));
    expect(await rejection(result.result())).toMatchObject({
      code: "ERR_EXECUTOR_SERIALIZATION",
      message: expect.stringContaining("the result of giveSymbol"),
    });
  });

  test("moves what is to be transferred", async () => {
    await using executor = new InlineExecutor();
    const bytes = new Uint8Array([1, 2, 3]);
    const view = executor.withOptions({ transfer: [bytes.buffer] });
    const future = view.submit((moved: Uint8Array) => moved.length, bytes);
    expect(bytes.length).toBe(0);
    await expect(future.result()).resolves.toBe(3);
  });

  test("maps, also in chunks whose items keep their outcomes", async () => {
    await using executor = new InlineExecutor();
    expect(await executor.map(double, [1, 2, 3]).toArray()).toEqual([2, 4, 6]);
    const results = executor.withOptions({ chunksize: 2 }).map(
      (x: number) => {
        if (x === 4) throw new Error("four");
        return x;
      },
      [1, 2, 3, 4, 5],
    );
    const seen: number[] = [];
    const error = await rejection(
      (async () => {
        for await (const result of results) seen.push(result);
      })(),
    );
    expect(seen).toEqual([1, 2, 3]);
    expect(error).toMatchObject({ message: "four" });
  });

  test("fails only the item of a chunk that cannot be copied", async () => {
    await using executor = new InlineExecutor();
    const results = executor
      .withOptions({ chunksize: 3 })
      .map((x: number) => (x === 2 ? Symbol("two") : x), [1, 2, 3]);
    expect((await results.next()).value).toBe(1);
    expect(await rejection(results.next())).toBeInstanceOf(SerializationError);
    const rows = executor.withOptions({ chunksize: 3 }).map((x: unknown) => x, [1, () => 2]);
    expect(await rejection(rows.next())).toBeInstanceOf(SerializationError);
  });
});

describe("options of an InlineExecutor", () => {
  test("timeout ends a call that runs too long", async () => {
    const executor = new InlineExecutor();
    const future = executor.withOptions({ timeout: 1 }).submit(never);
    const error = await rejection(future.result());
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).toMatchObject({ message: "did not finish within 1 ms" });
  });

  test("timeout counts from the start, queueTimeout to it", async () => {
    vi.useFakeTimers();
    try {
      await using executor = new InlineExecutor();
      const { pass, fn } = gate();
      executor.submit(fn);
      const patient = executor.withOptions({ timeout: 10 }).submit(double, 1);
      const hasty = executor.withOptions({ queueTimeout: 10 }).submit(double, 1);
      await vi.advanceTimersByTimeAsync(20);
      expect(await rejection(hasty.result())).toMatchObject({
        message: "did not start within 10 ms",
      });
      pass();
      await expect(patient.result()).resolves.toBe(2);
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  test("signal aborts calls before and after their start", async () => {
    const executor = new InlineExecutor();
    const controller = new AbortController();
    const view = executor.withOptions({ signal: controller.signal });
    const running = view.submit(never);
    const waiting = view.submit(double, 1);
    await settle();
    controller.abort("enough");
    const late = view.submit(double, 1);
    for (const future of [running, waiting, late]) {
      expect(future.cancelled()).toBe(true);
      expect(await rejection(future.result())).toMatchObject({ cause: "enough" });
    }
  });

  test("are checked", () => {
    const executor = new InlineExecutor();
    expect(() => executor.withOptions({ timeout: 0 })).toThrow(RangeError);
    expect(() => executor.withOptions({ queueTimeout: -1 })).toThrow(RangeError);
    expect(() => executor.withOptions({ timeout: "1" as never })).toThrow(TypeError);
    expect(() => executor.withOptions({ signal: "now" as never })).toThrow(TypeError);
    expect(() => executor.withOptions({ retries: 1 })).toThrow(
      /^InlineExecutor does not know the option `retries`; it knows timeout, /u,
    );
  });
});

describe("shutdown", () => {
  test("refuses new calls and finishes those accepted", async () => {
    const executor = new InlineExecutor();
    const futures = [1, 2, 3].map((x) => executor.submit(double, x));
    const down = executor.shutdown();
    expect(() => executor.submit(double, 4)).toThrow(ExecutorShutdownError);
    expect(() => executor.map(double, [4])).toThrow(ExecutorShutdownError);
    await down;
    expect(futures.map((future) => future.resultNow())).toEqual([2, 4, 6]);
    await executor.shutdown();
  });

  test("waits only if it is to", async () => {
    const executor = new InlineExecutor();
    const { pass, fn } = gate();
    const future = executor.submit(fn);
    await executor.shutdown({ wait: false });
    expect(future.done()).toBe(false);
    const down = executor.shutdown();
    pass("passed");
    await down;
    expect(future.resultNow()).toBe("passed");
  });

  test("cancels what has not started, if it is to", async () => {
    const executor = new InlineExecutor();
    const { pass, fn } = gate();
    const running = executor.submit(fn);
    const queued = [executor.submit(double, 1), executor.submit(double, 2)];
    await settle();
    const down = executor.shutdown({ cancelFutures: true });
    expect(queued.map(({ state }) => state)).toEqual(["cancelled", "cancelled"]);
    pass("passed");
    await down;
    expect(running.resultNow()).toBe("passed");
  });

  test("gives up on what still runs when its time is up", async () => {
    const executor = new InlineExecutor();
    const futures = [executor.submit(never), executor.submit(double, 1)];
    await executor.shutdown({ timeout: 1 });
    for (const future of futures) {
      const error = await rejection(future.result());
      expect(error).toBeInstanceOf(CancelledError);
      expect(error).toHaveProperty("cause", expect.any(ExecutorShutdownError));
    }
  });

  test("of an executor that ran nothing is over at once, and may be repeated (C130)", async () => {
    const executor = new InlineExecutor();
    await executor.shutdown();
    await executor.shutdown({ wait: true, cancelFutures: true, timeout: 5 });
    const other = new InlineExecutor();
    const future = other.submit(double, 1);
    future.cancel();
    await other.shutdown();
    expect(future.cancelled()).toBe(true);
  });

  test("rejects bad options and then does nothing", async () => {
    await using executor = new InlineExecutor();
    expect(await rejection(executor.shutdown({ timeout: -1 }))).toBeInstanceOf(RangeError);
    await expect(executor.run(double, 1)).resolves.toBe(2);
  });
});

describe("an initializer", () => {
  test("runs once, before the first call, with its arguments (C148)", async () => {
    const calls: unknown[] = [];
    const initializer = (...args: [string, number]): unknown => calls.push(args);
    await using executor = new InlineExecutor({ initializer, initargs: ["a", 1] });
    await executor.submit(() => void calls.push("first")).result();
    await executor.submit(() => void calls.push("second")).result();
    expect(calls).toEqual([["a", 1], "first", "second"]);
    // @ts-expect-error the wrong type of argument
    expectTypeOf(new InlineExecutor({ initializer, initargs: ["a", "b"] }));
  });

  test("that fails breaks the executor", async () => {
    const cause = new Error("cannot prepare");
    const executor = new InlineExecutor({ initializer: () => Promise.reject(cause) });
    const futures = [executor.submit(double, 1), executor.submit(double, 2)];
    const errors = await Promise.all(futures.map((future) => future.exception()));
    for (const error of errors) {
      expect(error).toBeInstanceOf(BrokenExecutorError);
      expect(error).toMatchObject({ cause });
    }
    expect(errors[0]).not.toBe(errors[1]);
    expect(() => executor.submit(double, 3)).toThrow(BrokenExecutorError);
    await executor.shutdown();
  });

  test("must be a function, with an array of arguments", () => {
    expect(() => new InlineExecutor({ initializer: "setup" as never })).toThrow(TypeError);
    expect(() => new InlineExecutor({ initializer: double, initargs: 1 as never })).toThrow(
      "`initargs` must be an array, got 1",
    );
  });
});

test("calls may be submitted from a done callback (C178)", async () => {
  await using executor = new InlineExecutor();
  const second = new Future<number>();
  executor.submit(double, 1).addDoneCallback((first) => {
    executor.submit(double, first.resultNow()).addDoneCallback((future) => {
      second.setResult(future.resultNow());
    });
  });
  await expect(second.result()).resolves.toBe(4);
});
