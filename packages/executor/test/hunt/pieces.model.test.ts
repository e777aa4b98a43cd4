import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Flight } from "../../dist/dispatch/flight.js";
import { CAPACITY, SEQUENCE_MASK } from "../../dist/wire/claims.js";
import {
  JOURNAL_SIZE,
  readJournal,
  WorkerJournal,
  type JournalStore,
} from "../../dist/wire/journal.js";
import { REDUCED_VALUE, VALUE } from "../../dist/wire/messages.js";
import { pack, PACKED } from "../../dist/wire/packed.js";

type FlyingTask = Parameters<Flight["add"]>[0];

/** What a flight sees of a task. */
interface PlainTask {
  readonly name: number;
  sequence: number;
}

describe("Flight", () => {
  test("holds what was added and not removed, oldest first, whatever has passed", () => {
    const step = fc.oneof(
      fc.record({ add: fc.integer({ min: 1, max: 700 }) }),
      fc.record({ remove: fc.nat(), times: fc.integer({ min: 1, max: 700 }) }),
      fc.record({ answered: fc.nat(CAPACITY) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (actions) => {
        const flight = new Flight();
        const model = new Map<number, PlainTask>();
        const strangers: number[] = [];
        let [first, next] = [0, 0];
        for (const action of actions) {
          if ("add" in action) {
            for (let i = 0; i < action.add && next - first < CAPACITY; i++) {
              const task = { name: next, sequence: -1 };
              flight.add(task as unknown as FlyingTask);
              model.set(next++, task);
            }
          } else if ("remove" in action) {
            for (let i = 0; i < action.times && model.size > 0; i++) {
              const [sequence, task] = [...model][action.remove % model.size] as [
                number,
                PlainTask,
              ];
              flight.remove(task as unknown as FlyingTask);
              model.delete(sequence);
            }
          } else {
            // As when outcomes arrive: how far the worker has come, then what became of the calls.
            const reached = Math.min(next, first + action.answered);
            flight.passed(reached);
            for (; first < reached; first++) {
              const task = model.get(first);
              if (flight.get(first) !== task) strangers.push(first);
              if (task !== undefined) flight.remove(task as unknown as FlyingTask);
              model.delete(first);
            }
          }
          expect(strangers).toEqual([]);
          expect([...flight]).toEqual([...model.values()]);
          expect([flight.size, flight.next, flight.room]).toEqual([
            model.size,
            next,
            CAPACITY - (next - first),
          ]);
          expect(flight.get(next)).toBeUndefined();
          expect(flight.get(first - 1)).toBeUndefined();
        }
      }),
    );
  });

  test("goes through more calls than it has places without mixing them up", () => {
    const flight = new Flight();
    for (let round = 0; round < 3 * CAPACITY; round++) {
      const task = { name: round, sequence: -1 } as unknown as FlyingTask;
      flight.add(task);
      expect(flight.get(round)).toBe(task);
      expect(flight.get(round - CAPACITY)).toBeUndefined();
      flight.passed(round + 1);
      flight.remove(task);
      expect([flight.size, flight.room, [...flight]]).toEqual([0, CAPACITY, []]);
    }
  });
});

/** Memory to which the worker may write only so many bytes before it dies. */
class MortalStore implements JournalStore {
  readonly bytes: Buffer = Buffer.alloc(JOURNAL_SIZE);
  left = Infinity;

  write(bytes: Buffer, length: number, position: number): void {
    const written = Math.min(length, this.left);
    this.left -= written;
    bytes.copy(this.bytes, position, 0, written);
    if (this.left === 0) throw new Error("died");
  }

  read(): Buffer {
    return this.bytes;
  }
}

interface Kept {
  readonly sequence: number;
  readonly kind: number;
  readonly value: unknown;
}

/** What is kept: what tasks return that is primitive, or packed bytes; small and large. */
const values: fc.Arbitrary<unknown> = fc.oneof(
  fc.double(),
  fc.constantFrom(undefined, null, false, true, 0, -0, ""),
  fc.string({ maxLength: 200, unit: "binary" }),
  fc.constantFrom("\uD800", "a\uDC00b", "x".repeat(JOURNAL_SIZE)),
  fc.uint8Array({ maxLength: 3000 }).map((bytes) => Buffer.from(bytes)),
);

/** Outcomes, and now and then their departure. */
const steps = fc.array(
  fc.oneof(
    {
      arbitrary: fc.record({ kind: fc.constantFrom(VALUE, REDUCED_VALUE), value: values }),
      weight: 5,
    },
    { arbitrary: fc.constant("sent" as const), weight: 1 },
  ),
  { maxLength: 80 },
);

/** Does the steps. Gives what is in the journal now, and whether it was sent, and all that ever was. */
function keep(
  store: MortalStore,
  first: number,
  actions: readonly ("sent" | Omit<Kept, "sequence">)[],
): { kept: Kept[]; all: Kept[]; isSent: boolean } {
  const journal = new WorkerJournal(store);
  const all: Kept[] = [];
  let kept: Kept[] = [];
  let isSent = false;
  for (const [i, action] of actions.entries()) {
    if (action === "sent") {
      journal.clear();
      isSent = true;
      continue;
    }
    const record = { sequence: (first + i) & SEQUENCE_MASK, ...action };
    const before = all.push(record);
    try {
      const fits = journal.add(record.sequence, action.kind, action.value);
      if (!fits) {
        all.length = before - 1;
        continue;
      }
    } catch {
      return { kept, all, isSent };
    }
    // What was sent before is there until the next one is written over it.
    kept = isSent ? [record] : [...kept, record];
    isSent = false;
  }
  return { kept, all, isSent };
}

describe("the journal", () => {
  test("gives back what was put into it since the last departure, in order", () => {
    fc.assert(
      fc.property(fc.nat(SEQUENCE_MASK), steps, (first, actions) => {
        const store = new MortalStore();
        const { kept } = keep(store, first, actions);
        expect(readJournal(store)).toEqual(kept);
      }),
    );
  });

  test("gives nothing that was never put into it when its worker dies in the middle of a write", () => {
    fc.assert(
      fc.property(fc.nat(SEQUENCE_MASK), steps, fc.nat(20_000), (first, actions, life) => {
        const store = new MortalStore();
        store.left = life + 1;
        const { kept, all, isSent } = keep(store, first, actions);
        const found = readJournal(store);
        for (const record of found) expect(all).toContainEqual(record);
        // The first of a new epoch destroys the last one's, which had been sent.
        const safe = isSent ? [] : kept;
        expect(found.slice(0, safe.length)).toEqual(safe);
      }),
      { numRuns: 300 },
    );
  });

  test("gives no record that was cut short, wherever that was, not even the very first one", () => {
    for (const first of [0, 1, SEQUENCE_MASK]) {
      for (let life = 1; life < 60; life++) {
        const store = new MortalStore();
        store.left = life;
        const { all } = keep(store, first, [{ kind: VALUE, value: "x".repeat(30) }]);
        expect([life, all.length, readJournal(store)]).toEqual([life, 1, []]);
      }
    }
  });

  test("of any bytes gives something or nothing, and throws nothing", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 0, maxLength: 400 }),
        fc.nat(20),
        fc.nat(5),
        (bytes, at, kind) => {
          const store = new MortalStore();
          const { kept } = keep(store, 1, [
            { kind: VALUE, value: "a text" },
            { kind: VALUE | PACKED, value: pack(new Map([[1, 2]])) },
          ]);
          expect(kept).toHaveLength(2);
          store.bytes.set(bytes, at);
          store.bytes[12] = kind;
          expect(Array.isArray(readJournal(store))).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });
});
