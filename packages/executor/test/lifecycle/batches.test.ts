import { CancelledError, SerializationError } from "@concurrent/futures";
import type { Future } from "@concurrent/futures";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { noteAt } from "../fixtures/jobs.js";
import { pools } from "../support/executors.ts";
import { Gate, until } from "../support/gate.ts";
import { failureOf, rejection, upTo } from "../support/outcomes.ts";
import { act, workerName } from "./fixtures/deaths.js";
import * as late from "./fixtures/late-notes.js";
import { duplicates, labels, settled, warmUp } from "./support.ts";

/** Something that cannot travel. */
const UNSENDABLE = { callback: () => undefined };

const lateNotes = { thread: late.noteFromThread, process: late.noteFromProcess };

describe.each(pools)("$name: calls that have been sent together", ({ kind, create }) => {
  test("are cancelled one by one, and never start then", async () => {
    using gate = new Gate();
    await using pool = create({ maxWorkers: 1 });
    await warmUp(pool, gate);
    const blocker = pool.submit(act, gate.path, "blocker", "block");
    const others = upTo(40).map((i) => pool.submit(act, gate.path, `${i}`));
    await until(() => labels(gate).length === 1);

    expect(blocker.cancel()).toBe(false);
    expect(blocker.running()).toBe(true);
    const odd = others.filter((_, i) => i % 2 === 1);
    expect(odd.map((future) => future.cancel())).toEqual(odd.map(() => true));
    // Again: the answer stays.
    expect(odd.map((future) => future.cancel())).toEqual(odd.map(() => true));
    gate.open();
    for (const future of odd)
      expect(await rejection(future.result())).toBeInstanceOf(CancelledError);
    await settled(others);
    expect(await blocker.result()).toBe("blocker");
    expect(labels(gate)).toEqual([
      "blocker",
      ...upTo(40)
        .filter((i) => i % 2 === 0)
        .map((i) => `${i}`),
    ]);
    expect(others.map((future) => future.cancel())).toEqual(others.map((_, i) => i % 2 === 1));
    expect(pool.stats()).toMatchObject({ cancelled: 20, running: 0, queued: 0 });
  });

  test("run exactly when they are not cancelled, whatever the moment", async () => {
    await using pool = create();
    using warmth = new Gate();
    await warmUp(pool, warmth);
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 150 }),
        fc.array(fc.record({ turn: fc.nat({ max: 30 }), victim: fc.nat() }), { maxLength: 150 }),
        async (count, cancels) => {
          using gate = new Gate();
          const futures = upTo(count).map((i) => pool.submit(act, gate.path, `${i}`));
          const answers = new Map<Future<unknown>, boolean>();
          for (const turn of upTo(31)) {
            for (const { victim } of cancels.filter((cancel) => cancel.turn === turn)) {
              const future = futures[victim % count]!;
              const answer = future.cancel();
              // It may be cancelled later although it was too late once: taken back in between.
              answers.set(future, answer || answers.get(future) === true);
            }
            await new Promise(setImmediate);
          }
          await settled(futures);

          const ran = labels(gate);
          expect(duplicates(ran)).toEqual([]);
          const notCancelled = upTo(count).filter((i) => !futures[i]!.cancelled());
          expect(ran.map(Number).toSorted((a, b) => a - b)).toEqual(notCancelled);
          for (const [future, answer] of answers) expect(future.cancelled()).toBe(answer);
          for (const i of notCancelled) expect(await futures[i]!.result()).toBe(`${i}`);
          expect(pool.stats()).toMatchObject({ queued: 0, running: 0 });
        },
      ),
      { numRuns: 30 },
    );
  });

  test("and that wait behind a long one are run by another worker meanwhile", async () => {
    using gate = new Gate();
    await using pool = create({ maxWorkers: 2 });
    await warmUp(pool, gate);
    const first = upTo(5).map((i) => pool.submit(act, gate.path, `first ${i}`));
    const long = pool.submit(act, gate.path, "long", "block");
    const behind = upTo(60).map((i) => pool.submit(act, gate.path, `behind ${i}`));
    expect(await Promise.all(behind.map((future) => future.result()))).toEqual(
      upTo(60).map((i) => `behind ${i}`),
    );
    expect(long.done()).toBe(false);
    gate.open();
    expect(await long.result()).toBe("long");
    await settled(first);
    expect(duplicates(labels(gate))).toEqual([]);
  });

  test("wait for no long one even when every worker but one has one", async () => {
    using gate = new Gate();
    await using pool = create({ maxWorkers: 3 });
    await warmUp(pool, gate);
    const futures = upTo(90).map((i) =>
      pool.submit(act, gate.path, `${i}`, i === 10 || i === 40 ? "block" : "none"),
    );
    const blockers = [futures[10]!, futures[40]!];
    // What ran before a blocker in its own batch may have to wait for it, once.
    await until(() => labels(gate).length === 90);
    expect(blockers.map((future) => future.done())).toEqual([false, false]);
    gate.open();
    await settled(futures);
    expect(duplicates(labels(gate))).toEqual([]);
  });

  test("blame the one that was running for the worker's death", async () => {
    using gate = new Gate();
    await using pool = create({ maxWorkers: 1 });
    await warmUp(pool, gate);
    const killers = new Set([3, 4, 11, 29]);
    const futures = upTo(30).map((i) =>
      pool.submit(act, gate.path, `${i}`, killers.has(i) ? "exit 3" : "none"),
    );
    const outcomes = await Promise.all(
      futures.map((future) => future.result().catch((error: Error) => error.name)),
    );
    expect(outcomes).toEqual(upTo(30).map((i) => (killers.has(i) ? "WorkerCrashedError" : `${i}`)));
    expect(labels(gate)).toEqual(upTo(30).map((i) => `${i}`));
    expect(pool.stats()).toMatchObject({ crashes: 4, failed: 4 });
  });

  test("start in the order of their submission", async () => {
    using gate = new Gate();
    await using pool = create({ maxWorkers: 1 });
    const futures = upTo(500).map((i) => pool.submit(act, gate.path, `${i}`));
    await settled(futures);
    expect(labels(gate)).toEqual(upTo(500).map((i) => `${i}`));
  });

  test("start in this order in each of several workers", async () => {
    using gate = new Gate();
    await using pool = create({ maxWorkers: 3 });
    await warmUp(pool, gate);
    const names = await Promise.all(
      upTo(1000).map(async (i) => [await pool.run(workerName), i] as const),
    );
    for (const name of new Set(names.map(([worker]) => worker))) {
      const order = names.filter(([worker]) => worker === name).map(([, i]) => i);
      expect(order).toEqual(order.toSorted((a, b) => a - b));
    }
  });

  test("start in this order when the function of one has to be looked up first", async () => {
    using gate = new Gate();
    await using pool = create({ maxWorkers: 1 });
    await warmUp(pool, gate);
    const blocker = pool.submit(act, gate.path, "blocker", "block");
    await until(() => labels(gate).length === 1);
    const futures = upTo(6).map((i) =>
      i === 2
        ? pool.submit(lateNotes[kind], gate.path, `${i}`)
        : pool.submit(noteAt, gate.path, `${i}`),
    );
    // Its module is loaded: the lookup takes no more than some turns of the event loop.
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    gate.open();
    await settled([blocker, ...futures]);
    expect(labels(gate)).toEqual(["blocker", ...upTo(6).map((i) => `${i}`)]);
  });

  test("are each on their own when one of them cannot travel", async () => {
    using gate = new Gate();
    await using pool = create({ maxWorkers: 1 });
    await warmUp(pool, gate);
    const futures = upTo(30).map((i) =>
      pool.submit(act, gate.path, `${i}`, "none", i % 10 === 5 ? UNSENDABLE : undefined),
    );
    for (const i of [5, 15, 25]) {
      expect(await failureOf(futures[i]!)).toBeInstanceOf(SerializationError);
    }
    await settled(futures);
    expect(labels(gate)).toEqual(
      upTo(30)
        .filter((i) => i % 10 !== 5)
        .map((i) => `${i}`),
    );
  });

  test("may be cancelled by a callback of their neighbour that cannot travel", async () => {
    using gate = new Gate();
    await using pool = create({ maxWorkers: 1 });
    await warmUp(pool, gate);
    const before = upTo(3).map((i) => pool.submit(act, gate.path, `before ${i}`));
    const bad = pool.submit(act, gate.path, "bad", "none", UNSENDABLE);
    const after = upTo(3).map((i) => pool.submit(act, gate.path, `after ${i}`));
    const others = [...before, ...after];
    let answers: boolean[] = [];
    bad.addDoneCallback(() => {
      answers = others.map((future) => future.cancel());
    });
    expect(await failureOf(bad)).toBeInstanceOf(SerializationError);
    await settled(others);
    expect(others.map((future) => future.cancelled())).toEqual(answers);
    expect(labels(gate)).toHaveLength(answers.filter((answer) => !answer).length);
    expect(await pool.run(act, gate.path, "still here")).toBe("still here");
    expect(pool.stats()).toMatchObject({ queued: 0, running: 0 });
  });

  test.each(["terminateWorkers", "killWorkers"] as const)(
    "are cancelled when a callback of their neighbour that cannot travel calls %s",
    async (method) => {
      using gate = new Gate();
      const pool = create({ maxWorkers: 1 });
      await warmUp(pool, gate);
      const before = upTo(3).map((i) => pool.submit(act, gate.path, `before ${i}`));
      const bad = pool.submit(act, gate.path, "bad", "none", UNSENDABLE);
      const after = upTo(3).map((i) => pool.submit(act, gate.path, `after ${i}`));
      let closed: Promise<void> | undefined;
      bad.addDoneCallback(() => {
        closed = pool[method]();
      });
      expect(await failureOf(bad)).toBeInstanceOf(SerializationError);
      await closed;
      const states = [...before, ...after].map((future) => future.state);
      expect(states).toEqual(states.map(() => "cancelled"));
    },
  );

  test("fit with a limit of tasks per worker", async () => {
    await using pool = create({ maxWorkers: 2, maxTasksPerChild: 7 });
    const names = await Promise.all(upTo(70).map(() => pool.run(workerName)));
    const workers = [...new Set(names)];
    const counts = workers.map((worker) => names.filter((name) => name === worker).length);
    expect(Math.max(...counts)).toBeLessThanOrEqual(7);
    expect(counts.length).toBeGreaterThanOrEqual(10);
    expect(pool.stats()).toMatchObject({ crashes: 0, failed: 0 });
  });
});
