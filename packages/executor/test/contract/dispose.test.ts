import type { Future } from "@concurrent/futures";
import { describe, expect, test } from "vitest";
import { executors } from "../support/executors.ts";
import { Gate } from "../support/gate.ts";
import { jobs } from "../support/jobs.ts";
import { rejection, upTo } from "../support/outcomes.ts";

const { double, holdAt } = jobs;

describe.concurrent.each(executors)("$name: await using", ({ create }) => {
  test("waits at the end of the block for everything that was submitted (C132)", async () => {
    const futures: Future<number>[] = [];
    {
      await using executor = create();
      for (const i of upTo(20)) futures.push(executor.submit(double, i));
    }
    expect(futures.map((future) => future.resultNow())).toEqual(upTo(20).map((i) => i * 2));
  });

  test("lets an error of the block through when all work is done, and cancels none", async () => {
    using gate = new Gate();
    const futures: Future<string>[] = [];
    const block = (async () => {
      await using executor = create();
      for (const i of upTo(5)) futures.push(executor.submit(holdAt, gate.path, `${i}`));
      await gate.arrived(1);
      throw new RangeError("in the block");
    })();
    gate.open();
    expect((await rejection(block)).message).toBe("in the block");
    expect(futures.map((future) => future.resultNow())).toEqual(["0", "1", "2", "3", "4"]);
  });

  test("is the same as shutdown, and may follow it", async () => {
    const executor = create();
    await executor.shutdown();
    await executor[Symbol.asyncDispose]();
    expect(() => executor.submit(double, 1)).toThrow("cannot schedule new futures after shutdown");
  });

  test("is not for views: those end nothing", async () => {
    await using executor = create();
    const view = executor.withOptions({ chunksize: 2 });
    expect("shutdown" in view).toBe(false);
    expect(Symbol.asyncDispose in view).toBe(false);
    expect(await view.run(double, 2)).toBe(4);
  });
});
