import { CancelledError, Future, InvalidStateError } from "@concurrent/futures";
import * as fc from "fast-check";
import { expect, test } from "vitest";

/** What a Future should be, said as plainly as possible. */
interface Model {
  state: "pending" | "running" | "cancelled" | "succeeded" | "failed";
  outcome: unknown;
  /** Callbacks added and not removed, by number. */
  callbacks: number[];
  /** Callbacks that ran, in order. */
  ran: number[];
}

interface Real {
  readonly future: Future<unknown>;
  readonly ran: number[];
  /** One function for each number. */
  readonly functions: ((future: Future<unknown>) => void)[];
  /** Waiting results, to be compared with the model at the end. */
  readonly results: Promise<unknown>[];
}

const done = ({ state }: Readonly<Model>): boolean => state !== "pending" && state !== "running";

function settle(model: Model, state: Model["state"], outcome?: unknown): void {
  model.state = state;
  model.outcome = outcome;
  model.ran.push(...model.callbacks);
  model.callbacks = [];
}

function compare({ state, outcome, ran }: Model, real: Real): void {
  const { future } = real;
  expect(future.state).toBe(done({ state } as Model) && state !== "cancelled" ? "finished" : state);
  expect(future.done()).toBe(done({ state } as Model));
  expect(future.cancelled()).toBe(state === "cancelled");
  expect(future.running()).toBe(state === "running");
  expect(real.ran).toEqual(ran);
  expect(attempt(() => future.resultNow())).toEqual(
    {
      pending: { kind: "thrown", error: expect.any(InvalidStateError) },
      running: { kind: "thrown", error: expect.any(InvalidStateError) },
      cancelled: { kind: "thrown", error: expect.any(CancelledError) },
      succeeded: { kind: "returned", value: outcome },
      failed: { kind: "thrown", error: outcome },
    }[state],
  );
}

function attempt(fn: () => unknown): object {
  try {
    return { kind: "returned", value: fn() };
  } catch (error) {
    return { kind: "thrown", error };
  }
}

/** A command that is allowed in every state. */
function command(name: string, act: (model: Model, real: Real) => void): fc.Command<Model, Real> {
  return {
    check: () => true,
    run(model, real) {
      act(model, real);
      compare(model, real);
    },
    toString: () => name,
  };
}

const same = (actual: unknown, expected: unknown): void => expect(actual).toBe(expected);
const refused = (fn: () => unknown): void => expect(fn).toThrow(InvalidStateError);
const values = fc.oneof(fc.constantFrom(undefined, null, 0, "", false), fc.string(), fc.object());

const commands = [
  fc.constant(
    command("cancel", (model, { future }) => {
      if (model.state === "pending") settle(model, "cancelled");
      same(future.cancel(), model.state === "cancelled");
    }),
  ),
  fc.constant(
    command("abort", (model, { future }) => {
      if (model.state === "pending") settle(model, "cancelled");
      same(future.abort("why"), model.state === "cancelled");
    }),
  ),
  fc.constant(
    command("setRunningOrNotifyCancel", (model, { future }) => {
      if (model.state === "cancelled") {
        same(future.setRunningOrNotifyCancel(), false);
      } else if (model.state === "pending") {
        model.state = "running";
        same(future.setRunningOrNotifyCancel(), true);
      } else {
        refused(() => future.setRunningOrNotifyCancel());
      }
    }),
  ),
  values.map((value) =>
    command(`setResult(${fc.stringify(value)})`, (model, { future }) => {
      if (done(model)) return refused(() => future.setResult(value));
      settle(model, "succeeded", value);
      return future.setResult(value);
    }),
  ),
  values.map((error) =>
    command(`setException(${fc.stringify(error)})`, (model, { future }) => {
      if (done(model)) return refused(() => future.setException(error));
      settle(model, "failed", error);
      return future.setException(error);
    }),
  ),
  fc.constant(
    command("setCancelled", (model, { future }) => {
      if (done(model)) return refused(() => future.setCancelled());
      settle(model, "cancelled");
      return future.setCancelled();
    }),
  ),
  fc.nat(3).map((i) =>
    command(`addDoneCallback(#${i})`, (model, { future, functions }) => {
      if (done(model)) model.ran.push(i);
      else model.callbacks.push(i);
      future.addDoneCallback(functions[i]!);
    }),
  ),
  fc.nat(3).map((i) =>
    command(`removeDoneCallback(#${i})`, (model, { future, functions }) => {
      const kept = model.callbacks.filter((one) => one !== i);
      same(future.removeDoneCallback(functions[i]!), model.callbacks.length - kept.length);
      model.callbacks = kept;
    }),
  ),
  fc.constant(
    command("result()", (_, { future, results }) => {
      results.push(
        future.result().then(
          (value) => ({ kind: "returned", value }),
          (error: unknown) => ({ kind: "thrown", error }),
        ),
      );
    }),
  ),
];

test("a Future does what the model does, whatever is done to it", async () => {
  await fc.assert(
    fc.asyncProperty(fc.commands(commands, { maxCommands: 40 }), async (steps) => {
      const ran: number[] = [];
      const functions = [0, 1, 2, 3].map((i) => () => void ran.push(i));
      const real: Real = { future: new Future(), ran, functions, results: [] };
      const model: Model = { state: "pending", outcome: undefined, callbacks: [], ran: [] };
      fc.modelRun(() => ({ model, real }), steps);
      if (!done(model)) real.future.setResult("end");
      // Whenever it was asked for, the result is what it is in the end.
      const expected = attempt(() => real.future.resultNow());
      for (const result of await Promise.all(real.results)) expect(result).toEqual(expected);
    }),
    { numRuns: 300 },
  );
});
