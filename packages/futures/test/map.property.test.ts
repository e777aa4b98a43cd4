import type { Future, SubmitOptions, TaskFunction } from "@concurrent/futures";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { ManualChunkExecutor } from "./support/manual-executor.ts";
import { Source } from "./support/source.ts";

/** Ends its calls in an order that the scheduler picks. */
class ScheduledExecutor extends ManualChunkExecutor {
  mostInFlight = 0;
  readonly #scheduler: fc.Scheduler;

  constructor(scheduler: fc.Scheduler) {
    super();
    this.#scheduler = scheduler;
  }

  protected override schedule(
    fn: TaskFunction,
    args: unknown[],
    options: SubmitOptions,
  ): Future<unknown> {
    const future = super.schedule(fn, args, options);
    const index = this.calls.length - 1;
    void this.#scheduler.schedule(Promise.resolve(), `call ${index}`).then(() => {
      if (!future.done()) this.finish(index);
      return undefined;
    });
    const inFlight = this.calls.filter((call) => !call.future.done()).length;
    this.mostInFlight = Math.max(this.mostInFlight, inFlight);
    return future;
  }
}

test("map gives what Array.map gives, up to the first error, whatever the order, chunks and buffer", async () => {
  const options = fc.record(
    {
      chunksize: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
      buffersize: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
    },
    { noNullPrototype: true },
  );
  const length = fc.nat(20);
  const failure = fc.option(fc.nat(20), { nil: undefined });
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      options,
      length,
      failure,
      fc.boolean(),
      fc.boolean(),
      async (s, opts, count, failsAt, isAsync, toArray) => {
        const executor = new ScheduledExecutor(s);
        const source = new Source(count);
        const results = executor.withOptions(opts).map(
          (x: number) => {
            if (x === failsAt) throw new Error(`item ${x}`);
            return x * 2;
          },
          isAsync ? source.async : source,
        );
        const seen: number[] = [];
        const reading = (async () => {
          if (toArray) seen.push(...(await results.toArray()));
          else for await (const result of results) seen.push(result);
        })();
        const outcome = await s.waitFor(reading.then(() => undefined, String));
        const fails = failsAt !== undefined && failsAt < count;
        const end = fails ? failsAt : count;
        expect(outcome).toBe(fails ? `Error: item ${failsAt}` : undefined);
        const expected = Array.from({ length: end }, (_, i) => i * 2);
        expect(seen).toEqual(fails && toArray ? [] : expected);
        expect(executor.mostInFlight).toBeLessThanOrEqual(
          opts.buffersize ?? (isAsync ? 4 : Infinity),
        );
      },
    ),
    { numRuns: 300 },
  );
});
