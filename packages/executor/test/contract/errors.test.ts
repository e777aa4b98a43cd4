import { isFuturesError, TimeoutError } from "@concurrent/futures";
import { describe, expect, test } from "vitest";
import { executors, pools } from "../support/executors.ts";
import { jobs } from "../support/jobs.ts";
import { failureOf, outcomesOf, rejection, upTo } from "../support/outcomes.ts";

const { double, fail, throwMany, throwRich, throwValue, whoAmI } = jobs;

interface Rich extends Error {
  readonly code: string;
  readonly distance: number;
  readonly place: unknown;
}

describe.concurrent.each(executors)("$name: errors", ({ create }) => {
  test("come to the Future: the same object each time it is asked (C086)", async () => {
    await using executor = create();
    const future = executor.submit(fail, "broken");
    const error = await failureOf(future);
    expect(error).toBeInstanceOf(RangeError);
    expect(error.message).toBe("broken");
    expect(await failureOf(future)).toBe(error);
    expect(await future.exception()).toBe(error);
    expect(future.exceptionNow()).toBe(error);
    expect(future.state).toBe("finished");
  });

  test("of an asynchronous function are its rejection", async () => {
    await using executor = create();
    const future = executor.submit(async (text: string) => {
      await Promise.resolve();
      throw new TypeError(text);
    }, "later");
    const error = await failureOf(future);
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toBe("later");
  });

  test("keep what was thrown when that is no error, falsy or not (C023, C024)", async () => {
    await using executor = create();
    const thrown = ["text", 0, "", false, null, undefined, Number.NaN, 10n, { code: 7 }, [1]];
    for (const value of thrown) {
      const future = executor.submit(throwValue, value);
      const seen: unknown = await future.exception();
      expect(seen).toEqual(value);
      expect(await future.result().catch((error: unknown) => ["thrown", error])).toEqual([
        "thrown",
        value,
      ]);
    }
  });

  test("do not stop the calls behind them", async () => {
    await using executor = create();
    const futures = upTo(50).map((i) =>
      i % 2 === 0 ? executor.submit(double, i) : executor.submit(fail, `${i}`),
    );
    expect(await outcomesOf(futures)).toEqual(
      upTo(50).map((i) => (i % 2 === 0 ? i * 2 : new RangeError(`${i}`))),
    );
  });
});

describe.concurrent.each(pools)("$name: errors", ({ create, kind }) => {
  test("keep class, message, code, own properties and the chain of causes (C100, C157)", async () => {
    await using pool = create();
    const error = (await failureOf(pool.submit(throwRich))) as Rich;
    expect(error).toBeInstanceOf(RangeError);
    expect(error.name).toBe("RangeError");
    expect(error.message).toBe("too far");
    expect(error.code).toBe("E_FAR");
    expect(error.distance).toBe(42);
    expect(error.place).toEqual({ x: 1, tags: new Set(["north"]) });
    expect(error.cause).toBeInstanceOf(SyntaxError);
    expect(error.cause).toMatchObject({ message: "bad letter", code: "E_LETTER" });
    expect((error.cause as Error).cause).toBe("a plain cause");
  });

  test("keep the errors of an AggregateError", async () => {
    await using pool = create();
    const error = (await failureOf(pool.submit(throwMany))) as AggregateError;
    expect(error).toBeInstanceOf(AggregateError);
    expect(error.message).toBe("several");
    const [first, second, third] = error.errors as [Error, Error, number];
    expect(first).toBeInstanceOf(TypeError);
    expect(second).toBeInstanceOf(RangeError);
    expect(third).toBe(3);
  });

  test("of Node keep their codes, DOMExceptions their names", async () => {
    await using pool = create();
    const missing = await failureOf(
      pool.submit(() => process.getBuiltinModule("node:fs").readFileSync("/no/such/file")),
    );
    expect(missing).toMatchObject({ code: "ENOENT", syscall: "open", path: "/no/such/file" });
    const aborted = await failureOf(pool.submit(() => AbortSignal.abort().throwIfAborted()));
    expect(aborted).toBeInstanceOf(DOMException);
    expect(aborted).toMatchObject({ name: "AbortError", code: 20 });
    const invalid = await failureOf(pool.submit(() => Buffer.alloc(-1)));
    expect(invalid).toBeInstanceOf(RangeError);
    expect(invalid).toMatchObject({ code: "ERR_OUT_OF_RANGE" });
  });

  test("of a class that is not known here keep its name, and the nearest class that is", async () => {
    await using pool = create();
    const error = await failureOf(
      pool.submit(() => {
        class QuotaError extends RangeError {
          override readonly name = "QuotaError";
          readonly quota = 3;
        }
        throw new QuotaError("used up");
      }),
    );
    expect(error).toBeInstanceOf(RangeError);
    expect(error).toMatchObject({ name: "QuotaError", message: "used up", quota: 3 });
    expect(error.stack).toMatch(/^QuotaError: used up\n/);
  });

  test("of this project are recognised after the journey", async () => {
    await using pool = create();
    const error = await failureOf(pool.submit(throwValue, new TimeoutError("too slow")));
    expect(error).toBeInstanceOf(TimeoutError);
    expect(isFuturesError(error, "ERR_FUTURES_TIMEOUT")).toBe(true);
  });

  test("have a stack of the remote frames, the worker, and the submit site (C100)", async () => {
    await using pool = create({ maxWorkers: 1 });
    const worker = await pool.run(whoAmI);
    const future = pool.submit(fail, "far away"); // The submit site.
    const { stack = "" } = await failureOf(future);
    const [remote = "", local = ""] = stack.split(/\n    --- .* ---\n/);
    expect(remote).toMatch(/^RangeError: far away\n    at .*fail.*jobs\.js:\d+/);
    expect(local).toContain("errors.test.ts");
    const [pid] = worker.split(":");
    const which = kind === "thread" ? "worker thread 1" : `worker process ${pid}`;
    expect(stack).toContain(`--- ${which} (task "fail") ---`);
    expect(local).not.toContain("/futures/dist/");
    expect(local).not.toContain("/executor/dist/");
  });

  test("name the very line of submit, of run and of map", async () => {
    await using pool = create();
    const here = lineOfCaller();
    const submitted = await failureOf(pool.submit(fail, "a"));
    const ran = await rejection(pool.run(fail, "b"));
    const mapped = await rejection(pool.map(fail, ["c"]).next());
    const chunked = await rejection(pool.withOptions({ chunksize: 2 }).map(fail, ["d"]).next());
    for (const [i, error] of [submitted, ran, mapped, chunked].entries()) {
      expect(submitSite(error).split("\n")[0]).toContain(`errors.test.ts:${here + 1 + i}:`);
    }
  });

  test("have one submit site for the same calls of a turn, or each its own, or none", async () => {
    const sites: Record<string, [boolean, boolean]> = {};
    for (const submitStack of ["auto", "always", "never"] as const) {
      await using pool = create({ submitStack, maxWorkers: 1 });
      const one = pool.submit(fail, "one");
      const two = pool.submit(fail, "two");
      const [first, second] = [submitSite(await failureOf(one)), submitSite(await failureOf(two))];
      sites[submitStack] = [first.includes("errors.test.ts"), first === second];
    }
    expect(sites).toEqual({ auto: [true, true], always: [true, false], never: [false, true] });
  });

  test("that are hostile or endless still arrive as errors", async () => {
    await using pool = create();
    const hostile = pool.submit(() => {
      throw Object.defineProperty(new Error("hostile"), "trap", {
        enumerable: true,
        get() {
          throw new Error("a trap");
        },
      });
    });
    expect((await failureOf(hostile)).message).toBe("hostile");
    const circular = pool.submit(() => {
      const error = new Error("circular");
      error.cause = error;
      throw error;
    });
    const { cause, message } = await failureOf(circular);
    expect(message).toBe("circular");
    expect((cause as Error).message).toBe("circular");
    const unsendable = pool.submit(() => {
      throw Object.assign(new Error("holds a function"), { callback: () => 1 });
    });
    expect(await failureOf(unsendable)).toMatchObject({
      message: "holds a function",
      callback: "[function callback]",
    });
    expect(await pool.run(double, 1)).toBe(2);
  });
});

/** The frames behind the line that names the worker. */
function submitSite({ stack = "" }: Error): string {
  return stack.split(" ---\n")[1] ?? "";
}

/** The line of the code that called this, in the terms in which stacks count. */
function lineOfCaller(): number {
  const [, , caller = ""] = (new Error("for its stack").stack ?? "").split("\n");
  return Number(/:(\d+):\d+\)?$/.exec(caller)?.[1]);
}
