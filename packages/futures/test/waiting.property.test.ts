import { ALL_COMPLETED, asCompleted, FIRST_COMPLETED, FIRST_EXCEPTION } from "@concurrent/futures";
import { Future, wait } from "@concurrent/futures";
import * as fc from "fast-check";
import { expect, test } from "vitest";

const endings = ["result", "error", "cancel"] as const;
type Ending = (typeof endings)[number];

function end(future: Future<unknown>, ending: Ending): void {
  if (ending === "result") future.setResult("value");
  else if (ending === "cancel") future.cancel();
  else {
    future.setException(undefined);
    future.exceptionNow(); // Looked at, so that it is not reported.
  }
}

/** Ends the Futures in an order that the scheduler picks, and notes that order. */
function endInSomeOrder(
  scheduler: fc.Scheduler,
  futures: readonly Future<unknown>[],
  plan: readonly Ending[],
): Future<unknown>[] {
  const order: Future<unknown>[] = [];
  for (const [i, future] of futures.entries()) {
    void scheduler.schedule(Promise.resolve(), `end ${i}`).then(() => {
      order.push(future);
      end(future, plan[i]!);
      return undefined;
    });
  }
  return order;
}

const plans = fc.array(fc.constantFrom(...endings), { maxLength: 12 });

test("asCompleted yields each Future once, in the order in which they finish", async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), plans, plans, fc.nat(3), async (s, before, after, readers) => {
      const early = before.map(() => new Future<unknown>());
      const late = after.map(() => new Future<unknown>());
      for (const [i, future] of early.entries()) end(future, before[i]!);
      const iterator = asCompleted([...late, ...early, ...late]);
      const order = endInSomeOrder(s, late, after);
      const yielded: Future<unknown>[] = [];
      const read = async (): Promise<void> => {
        for (let step = await iterator.next(); !step.done; step = await iterator.next()) {
          yielded.push(step.value);
        }
      };
      const reading = Promise.all(Array.from({ length: readers + 1 }, read));
      await s.waitAll();
      await reading;
      expect(yielded).toEqual([...early, ...order]);
    }),
  );
});

test("wait returns as soon as, and not before, its condition holds", async () => {
  const conditions = {
    [FIRST_COMPLETED]: (ended: readonly Ending[], total: number) => ended.length > 0 || total === 0,
    [FIRST_EXCEPTION]: (ended: readonly Ending[], total: number) =>
      ended.includes("error") || ended.length === total,
    [ALL_COMPLETED]: (ended: readonly Ending[], total: number) => ended.length === total,
  };
  const returnWhens = fc.constantFrom(FIRST_COMPLETED, FIRST_EXCEPTION, ALL_COMPLETED);
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), plans, returnWhens, async (s, plan, returnWhen) => {
      const futures = plan.map(() => new Future<unknown>());
      const order = endInSomeOrder(s, futures, plan);
      const holds = (): boolean => {
        const ended = order.map((future) => plan[futures.indexOf(future)]!);
        return conditions[returnWhen](ended, futures.length);
      };
      let returned = false;
      const waiting = wait([...futures, ...futures], { returnWhen }).then((result) => {
        returned = true;
        expect(new Set([...result.done, ...result.notDone])).toEqual(new Set(futures));
        for (const future of result.done) expect(future.done()).toBe(true);
        for (const future of order) expect(result.done.has(future)).toBe(true);
        return undefined;
      });
      while (s.count() > 0) {
        await s.waitNext(1);
        await new Promise(setImmediate);
        expect(returned).toBe(holds());
      }
      await waiting;
      expect(holds()).toBe(true);
    }),
  );
});

test("waits that end early leave nothing behind", async () => {
  await fc.assert(
    fc.asyncProperty(plans, fc.nat(20), async (plan, steps) => {
      const futures = plan.map(() => new Future<unknown>());
      const iterator = asCompleted(futures);
      const reads = Array.from({ length: steps }, () => iterator.next());
      const waits = futures.map((future) => wait([future, ...futures], { timeout: 0 }));
      await iterator.return?.();
      for (const step of await Promise.all(reads)) expect(step.done).toBe(true);
      for (const result of await Promise.all(waits)) expect(result.done.size).toBe(0);
      // Nobody who was told of these now could cope: each has forgotten its Futures.
      for (const [i, future] of futures.entries()) end(future, plan[i]!);
      expect((await iterator.next()).done).toBe(true);
    }),
  );
});
