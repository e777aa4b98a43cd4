import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RingBuffer } from "../dist/queue/ring-buffer.js";
import { TaskQueue } from "../dist/queue/task-queue.js";

type QueuedTask = Parameters<TaskQueue["push"]>[0];

describe("RingBuffer", () => {
  test("is a queue, whatever is done to it", () => {
    const action = fc.oneof(
      fc.record({ push: fc.integer({ min: 1, max: 400 }) }),
      fc.record({ shift: fc.integer({ min: 1, max: 400 }) }),
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
        const ring = new RingBuffer<number>();
        const model: number[] = [];
        let next = 0;
        for (const one of actions) {
          const count = "push" in one ? one.push : one.shift;
          const numbers = Array.from({ length: count }, () => next++);
          const step = (queue: { push(n: number): unknown; shift(): unknown }): unknown[] =>
            numbers.map((n) => ("push" in one ? void queue.push(n) : queue.shift()));
          expect(step(ring)).toEqual(step(model));
          expect([ring.size, ring.peek()]).toEqual([model.length, model[0]]);
        }
      }),
    );
  });

  test("takes a burst, and is as good as new after it", () => {
    const ring = new RingBuffer<number>();
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 10_000; i++) ring.push(i);
      for (let i = 0; i < 10_000; i++) expect(ring.shift()).toBe(i);
      expect([ring.size, ring.peek(), ring.shift()]).toEqual([0, undefined, undefined]);
    }
  });

  test("holds undefined as it holds anything", () => {
    const ring = new RingBuffer<undefined>();
    ring.push(undefined);
    expect(ring.size).toBe(1);
    ring.shift();
    expect(ring.size).toBe(0);
  });
});

/** What a queue sees of a task. */
interface PlainTask {
  readonly id: number;
  isSettled: boolean;
}

type Step = "push" | "take" | "putBack" | "cancel" | "clear";

/** A queue as plain as can be: what waits, oldest first, and what has been taken and may come back. */
class QueueModel {
  waiting: PlainTask[] = [];
  taken: PlainTask[] = [];

  /** A task to which a step may be done: none for `push`, which needs a new one. */
  pick(step: Step, at: number): PlainTask | undefined {
    const candidates = step === "cancel" ? this.waiting : step === "putBack" ? this.taken : [];
    return candidates[at % Math.max(1, candidates.length)];
  }

  apply(step: Step, task: PlainTask): unknown {
    switch (step) {
      case "push":
        this.waiting.push(task);
        return undefined;
      case "take": {
        const [first] = this.waiting.splice(0, 1);
        if (first !== undefined) this.taken.push(first);
        return first;
      }
      case "putBack":
        this.taken = this.taken.filter((one) => one !== task);
        this.waiting = this.waiting.concat(task).toSorted((a, b) => a.id - b.id);
        return undefined;
      case "cancel":
        this.waiting = this.waiting.filter((one) => one !== task);
        return undefined;
      case "clear":
        this.taken.push(...this.waiting);
        return this.waiting.splice(0);
    }
  }
}

/** The same steps for the real one. */
function apply(queue: TaskQueue, step: Step, task: PlainTask): unknown {
  switch (step) {
    case "push":
      queue.push(task as QueuedTask);
      return undefined;
    case "take":
      return queue.shift();
    case "putBack":
      queue.putBack(task as QueuedTask);
      return undefined;
    case "cancel":
      queue.forget();
      task.isSettled = true;
      return undefined;
    case "clear":
      return queue.clear();
  }
}

describe("TaskQueue", () => {
  test("gives the tasks by age, those that came back as well, and never a cancelled one", () => {
    const action: fc.Arbitrary<{ do: Step; at: number }> = fc.record({
      do: fc.oneof(
        { arbitrary: fc.constant("push" as const), weight: 5 },
        {
          arbitrary: fc.constantFrom("take" as const, "putBack" as const, "cancel" as const),
          weight: 6,
        },
        { arbitrary: fc.constant("clear" as const), weight: 1 },
      ),
      at: fc.nat(1000),
    });
    fc.assert(
      fc.property(fc.array(action, { maxLength: 300 }), (actions) => {
        const queue = new TaskQueue();
        const model = new QueueModel();
        let lastId = 0;
        for (const { do: what, at } of actions) {
          const known = model.pick(what, at);
          if (known === undefined && (what === "putBack" || what === "cancel")) continue;
          const task = known ?? { id: lastId++, isSettled: false };
          expect(apply(queue, what, task)).toEqual(model.apply(what, task));
          expect([queue.size, queue.peek()]).toEqual([model.waiting.length, model.waiting[0]]);
        }
      }),
    );
  });
});
