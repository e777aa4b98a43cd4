import { once } from "node:events";
import { mkdtempSync, openSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { isDeepStrictEqual } from "node:util";
import { Worker } from "node:worker_threads";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  CAPACITY,
  FINISHED,
  SEQUENCE_MASK,
  type PoolClaims,
  type WorkerClaims,
} from "../dist/wire/claims.js";
import { FileClaims, FileWorkerClaims, openClaimsFile } from "../dist/wire/file-claims.js";
import { FrameReader } from "../dist/wire/frame-reader.js";
import { encodeFrame, writeFrame } from "../dist/wire/frame.js";
import { ProtocolError } from "../dist/wire/protocol-error.js";
import { SharedClaims, SharedWorkerClaims } from "../dist/wire/shared-claims.js";

/** Cuts bytes at the given places, in any order. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const edges = [0, ...places.map((place) => place % (bytes.length + 1)), bytes.length];
  edges.sort((a, b) => a - b);
  return edges.slice(1).map((end, i) => bytes.subarray(edges[i], end));
}

const binary = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.float64Array({ maxLength: 9 }),
  fc.bigInt64Array({ maxLength: 5 }),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  // From here on views travel beside the body.
  fc.nat(255).map((value) => Buffer.alloc(16_384, value)),
  fc.nat(255).map((value) => new Uint16Array(20_000).fill(value)),
  fc.nat(255).map((value) => new Uint8Array(50_000).fill(value).subarray(3, 20_000)),
);
const message = fc.oneof(
  fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, maxDepth: 2 }),
  fc.record({ type: fc.constant("batch"), calls: fc.array(fc.oneof(fc.integer(), binary)) }),
  binary,
);

describe("frames", () => {
  test("give what was written, however the bytes are cut", () => {
    fc.assert(
      fc.property(
        fc.array(message, { minLength: 1, maxLength: 6 }),
        fc.array(fc.nat(300_000), { maxLength: 30 }),
        (messages, places) => {
          const received: unknown[] = [];
          const reader = new FrameReader((one) => received.push(one));
          const bytes = Buffer.concat(messages.flatMap((one) => encodeFrame(one)));
          for (const chunk of cut(bytes, places)) reader.push(chunk);
          expect(
            isDeepStrictEqual(
              received,
              messages.map((one) => structuredCloneOf(one)),
            ),
          ).toBe(true);
        },
      ),
      { numRuns: 200 },
    );
  });

  test("can be read byte by byte", () => {
    const messages = [{ a: [1, "zwei", 3n] }, Buffer.alloc(17_000, 1), undefined, ""];
    const received: unknown[] = [];
    const reader = new FrameReader((one) => received.push(one));
    for (const byte of Buffer.concat(messages.flatMap((one) => encodeFrame(one)))) {
      reader.push(Buffer.from([byte]));
    }
    expect(received).toStrictEqual(messages);
  });

  test("go through a stream, in one piece or many", async () => {
    const stream = new PassThrough();
    const received: unknown[] = [];
    const reader = new FrameReader((one) => received.push(one));
    stream.on("data", (bytes: Buffer) => reader.push(bytes));
    const sent = [
      { small: true },
      { large: Buffer.alloc(100_000, 7), more: [new Float32Array(8_000)] },
    ];
    for (const one of sent) writeFrame(stream, encodeFrame(one));
    stream.end();
    await new Promise((resolve) => {
      stream.once("end", resolve);
    });
    expect(received).toStrictEqual(sent);
  });

  test("keep one view one, and give every view memory of its own", () => {
    const large = new Float64Array(4_000);
    const small = Uint8Array.from([1, 2, 3]);
    let received: unknown;
    const reader = new FrameReader((one) => {
      received = one;
    });
    for (const bytes of encodeFrame([large, large, small, small])) reader.push(bytes);
    const [a, b, c, d] = received as [Float64Array, Float64Array, Uint8Array, Uint8Array];
    expect(a).toBe(b);
    expect(c).toBe(d);
    expect(c.buffer.byteLength).toBe(3);
    expect(a.byteOffset % 8).toBe(0);
  });

  test("of what cannot be cloned are an error, and nothing has been written", () => {
    for (const value of [
      () => 1,
      { deep: [Symbol("x")] },
      new SharedArrayBuffer(8),
      new WeakMap(),
    ]) {
      expect(() => encodeFrame(value)).toThrow(/could not be cloned|Unserializable/);
    }
  });

  test("that are no frames are refused at their first bytes", () => {
    expect(() => newReader().push(Buffer.from("Hello, world!\n"))).toThrow(ProtocolError);
    const frame = Buffer.concat(encodeFrame({ some: "message" }));
    const spoiledBody = Buffer.from(frame).fill(0xff, 12);
    expect(() => newReader().push(spoiledBody)).toThrow(ProtocolError);
    const tooManyParts = Buffer.from(frame);
    tooManyParts.writeUInt32LE(0xffff_ffff, 8);
    expect(() => newReader().push(tooManyParts)).toThrow(ProtocolError);
    expect(() => newReader().push(Buffer.concat([frame, Buffer.alloc(64)]))).toThrow(ProtocolError);
  });
});

function newReader(): FrameReader {
  return new FrameReader(() => undefined);
}

/** What structured clone makes of a message: own enumerable properties on plain objects. */
function structuredCloneOf(value: unknown): unknown {
  // Buffers stay Buffers in frames.
  if (ArrayBuffer.isView(value)) return value;
  if (Array.isArray(value)) {
    const copy: unknown[] = Array.from({ length: value.length });
    for (const key of Object.keys(value)) copy[Number(key)] = structuredCloneOf(value[Number(key)]);
    return copy;
  }
  if (value instanceof Map || value instanceof Set || value instanceof Date) {
    return structuredClone(value);
  }
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, part]) => [key, structuredCloneOf(part)]);
  return Object.fromEntries(entries);
}

interface Claims {
  readonly pool: PoolClaims;
  readonly worker: WorkerClaims;
}

function shared(): Claims {
  const pool = new SharedClaims();
  return { pool, worker: new SharedWorkerClaims(pool.buffer) };
}

function inFile(): Claims {
  const pool = openClaimsFile()!;
  return { pool, worker: new FileWorkerClaims(pool.fd) };
}

type Side = "start" | "recall" | "finish";

/** What the sides are told, for those steps that make sense: each asks once, and who started may finish. */
function run(
  pool: PoolClaims,
  worker: WorkerClaims,
  sequence: number,
  steps: readonly Side[],
): unknown[] {
  return sensible(steps).map((step) => {
    if (step === "recall") return pool.recall(sequence);
    if (step === "start") return worker.start(sequence);
    worker.finish(sequence);
    return pool.stateOf(sequence);
  });
}

/** Whoever asks first gets it; a call that has ended is finished. */
function expected(steps: readonly Side[]): unknown[] {
  return sensible(steps).map((step, i) => (step === "finish" ? FINISHED : i === 0));
}

function sensible(steps: readonly Side[]): Side[] {
  const seen: Side[] = [];
  for (const step of steps) {
    if (seen.includes(step)) continue;
    // Only a call that was started before anybody asked for it back comes to an end.
    if (step !== "finish" || seen[0] === "start") seen.push(step);
  }
  return seen;
}

const sides = fc.array(fc.constantFrom<Side>("start", "recall", "finish"), { maxLength: 6 });

describe.each([
  ["shared", shared],
  ["file", inFile],
])("%s claims", (_medium, create) => {
  test("of a call that was sent go to whoever asks first, and to nobody else", () => {
    fc.assert(
      fc.property(
        fc.nat(SEQUENCE_MASK),
        fc.array(sides, { minLength: 1, maxLength: 20 }),
        (first, calls) => {
          const { pool, worker } = create();
          pool.offer(first, calls.length);
          for (const [i, steps] of calls.entries()) {
            const sequence = (first + i) & SEQUENCE_MASK;
            expect(run(pool, worker, sequence, steps)).toEqual(expected(steps));
          }
          pool.close();
        },
      ),
      { numRuns: 100 },
    );
  });

  test("of earlier calls in the same slots mean nothing for later ones", () => {
    const { pool, worker } = create();
    for (let round = 0; round < 3; round++) {
      const first = (round * CAPACITY + SEQUENCE_MASK - CAPACITY) & SEQUENCE_MASK;
      pool.offer(first, 4);
      const [a, b, c, d] = [0, 1, 2, 3].map((i) => (first + i) & SEQUENCE_MASK) as [
        number,
        number,
        number,
        number,
      ];
      expect(pool.stateOf(a)).toBe(0);
      expect(worker.start(a)).toBe(true);
      worker.finish(a);
      expect(worker.start(b)).toBe(true);
      expect(pool.recall(c)).toBe(true);
      expect([a, b, c, d].map((sequence) => pool.recall(sequence) && sequence !== c)).toEqual([
        false,
        false,
        false,
        true,
      ]);
      expect(worker.start(c)).toBe(false);
      expect(worker.start(d)).toBe(false);
    }
    pool.close();
  });
});

describe.each([
  ["shared", shared],
  ["file", inFile],
])("%s claims between two threads", (medium, create) => {
  test("have one owner each, whichever side is first", async () => {
    let wonByBoth = 0;
    const winners = { worker: 0, pool: 0 };
    for (let round = 0; round < 5; round++) {
      const { pool } = create();
      const order = Array.from({ length: CAPACITY }, (_, i) => round * CAPACITY + i);
      pool.offer(order[0]!, order.length);
      const racer = new Worker(new URL("./fixtures/claims-racer.js", import.meta.url), {
        workerData: {
          medium: medium === "shared" ? (pool as SharedClaims).buffer : (pool as FileClaims).fd,
          order,
        },
      });
      await once(racer, "message");
      const answered = once(racer, "message") as Promise<[boolean[]]>;
      racer.postMessage("go");
      // From the other end, so that the two meet.
      const recalled = new Map(order.toReversed().map((one) => [one, pool.recall(one)] as const));
      const [started] = await answered;
      for (const [i, sequence] of order.entries()) {
        if (started[i] && recalled.get(sequence)) wonByBoth++;
        if (started[i]) winners.worker++;
        if (recalled.get(sequence)) winners.pool++;
      }
      await racer.terminate();
      pool.close();
    }
    expect(wonByBoth).toBe(0);
    const owned = winners.worker + winners.pool;
    expect(owned).toBeLessThanOrEqual(5 * CAPACITY);
    // In shared memory nothing is given up by both.
    expect(medium === "file" || owned === 5 * CAPACITY).toBe(true);
  });
});

test("a claims file has no name that could be left behind", () => {
  const folder = mkdtempSync(join(tmpdir(), "claims-"));
  const claims = new FileClaims(openSync(join(folder, "one"), "wx+"));
  expect(claims.stateOf(5)).toBe(0);
  claims.close();
  const opened = openClaimsFile()!;
  expect(opened.fd).toBeGreaterThan(2);
  opened.close();
});
