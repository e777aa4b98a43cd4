import { existsSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { CancelledError, WorkerCrashedError, type Future } from "@concurrent/futures";
import type { PoolExecutor } from "@concurrent/executor";
import { afterAll, describe, expect, test } from "vitest";
import { pools, type PoolCase } from "../support/executors.ts";
import { Gate, until } from "../support/gate.ts";
import { isAlive } from "../support/leaks.ts";
import { upTo } from "../support/outcomes.ts";
import { duplicates, settled } from "../lifecycle/support.ts";
import { work } from "./fixtures/fault-jobs.js";

/*
 * A worker that fails at each step of the protocol, in each way: fixtures/faults.mjs does it, once.
 *
 *   starting ─ ready ─ received ─ claimed ─ running ─ ended ─ marked ─ sending (half) ─ sent ─ stop
 *
 * Cells that do not exist:
 *
 * - threads × SIGKILL, SIGSEGV: a signal ends the whole program, pool and all.
 * - threads × half: a message between threads arrives whole or not at all.
 * - threads × random bytes, text: ports carry values, not bytes.
 * - threads × null, unknown message, wrong message, before "received": nobody but the library has the
 *   port by then.
 * - threads × write error, bad journal: shared memory takes every write, and the journal of a thread
 *   is written by nobody else; a process's lies in a file whose descriptor user code can reach.
 * - write error elsewhere than at a write: that is what fails.
 * - any × running, of the causes that put something on the wire: the same as "claimed", one line on.
 * - memory: at steps of the run loop, the start and the end; the others are the same to V8, and it
 *   takes a process a second to run out.
 */

const PRELOAD = new URL("fixtures/faults.mjs", import.meta.url).href;
const TASKS = 12;
const LIMITS = { maxOldGenerationSizeMb: 24 };

/** Steps, and at which of their times the fault comes: in the middle of a batch where there is one. */
const STEPS = {
  starting: 1,
  ready: 1,
  received: 2,
  claimed: 5,
  running: 5,
  ended: 5,
  marked: 5,
  sending: 2,
  half: 2,
  sent: 2,
  "stop, recycled": 1,
  "stop, shut down": 1,
  claiming: 5,
} as const;
type Step = keyof typeof STEPS;

const steps = (Object.keys(STEPS) as Step[]).filter((step) => step !== "claiming");
const writes: Step[] = ["claiming", "ended", "sending"];
const withPort = steps.slice(steps.indexOf("received")).filter((step) => step !== "running");
const short: Step[] = ["starting", "claimed", "running", "ended", "stop, shut down"];
const whole = (step: Step): boolean => step !== "half";

/** Steps at which a worker is busy with a call of which nothing has been sent. */
const IN_A_CALL: ReadonlySet<Step> = new Set(["claimed", "running", "ended", "marked"]);

/** Ends of a worker without any word. */
const SUDDEN = new Set(["SIGKILL", "SIGSEGV", "memory"]);
/** The pool cannot understand the worker any more: what it has run since then is lost. */
const SPEECH = new Set(["random bytes", "text", "null", "unknown message", "wrong message"]);

/** What can happen to each kind of worker, and when. */
const CAUSES: Record<PoolCase["kind"], Record<string, Step[]>> = {
  process: {
    exit: steps,
    SIGKILL: steps,
    SIGSEGV: steps,
    throw: steps,
    reject: steps,
    memory: short,
    "random bytes": steps.filter((step) => step !== "running"),
    text: ["ready", "claimed", "half", "sent"],
    null: steps.filter((step) => step !== "running"),
    "unknown message": withPort,
    "wrong message": withPort,
    "write error": writes,
    "bad journal": ["claimed", "running", "sent"],
    block: steps,
  },
  thread: {
    exit: steps.filter(whole),
    throw: steps.filter(whole),
    reject: steps.filter(whole),
    memory: short,
    null: withPort.filter(whole),
    "unknown message": withPort.filter(whole),
    "wrong message": withPort.filter(whole),
    block: steps.filter(whole),
  },
};

// Errors that nobody has caught, in this process.
const escaped: unknown[] = [];
const collect = (error: unknown): void => void escaped.push(error);
process.on("uncaughtExceptionMonitor", collect);
afterAll(() => void process.off("uncaughtExceptionMonitor", collect));

/** A pool of one worker, the first of which fails. */
function faultyPool({ create }: PoolCase, gate: Gate, step: Step, cause: string): PoolExecutor {
  const [point] = step.split(",");
  return create({
    maxWorkers: 1,
    killGrace: 1,
    execArgv: ["--import", PRELOAD],
    env: {
      ...process.env,
      CONCURRENT_FAULT: `${point}:${STEPS[step]}:${cause}`,
      FAULT_FOLDER: gate.path,
    },
    ...(step === "stop, recycled" && { maxTasksPerChild: 5 }),
    ...(cause === "memory" && { resourceLimits: LIMITS }),
  });
}

/** Nobody can know that a worker will never go on: the user decides. */
async function unblock(
  pool: PoolExecutor,
  step: Step,
  futures: readonly Future<unknown>[],
): Promise<void> {
  const current = futures.findLast((future) => future.running());
  if (IN_A_CALL.has(step)) current?.abort();
  else if (step === "received") await pool.shutdown({ timeout: 1 });
  else await pool.killWorkers();
}

/** Whether what the worker says, or has left behind, cannot be understood. */
function isGarbled(cause: string): boolean {
  return SPEECH.has(cause) || cause === "bad journal";
}

/** How many tasks a fault may fail: the least and the most. */
function damage(step: Step, cause: string): [number, number] {
  if (isGarbled(cause)) return [0, TASKS];
  const beforeStart = ["starting", "ready", "received"].includes(step) || step.startsWith("stop");
  if (cause === "block") return IN_A_CALL.has(step) ? [1, 1] : [0, TASKS];
  if (beforeStart) return [0, 0];
  if (["claimed", "running"].includes(step) && !["throw", "reject"].includes(cause)) return [1, 1];
  if (step === "running") return [1, 1];
  if (step === "ended" && SUDDEN.has(cause)) return [1, 1];
  return [0, 1];
}

/** What is not as it should be after a fault. */
async function findings(
  step: Step,
  cause: string,
  futures: readonly Future<number>[],
  gate: Gate,
): Promise<string[]> {
  const found: string[] = [];
  const started = gate.started.map((note) => Number(note.split(" ")[0]));
  const errors = await Promise.all(
    futures.map((future) => future.exception().catch((error: unknown) => error)),
  );
  const failed = upTo(TASKS).filter((id) => errors[id] !== undefined);
  const Reason = cause === "block" ? CancelledError : WorkerCrashedError;
  for (const id of upTo(TASKS)) {
    const error = errors[id];
    if (error === undefined && futures[id]?.resultNow() !== id * 2) found.push(`${id}: wrong`);
    if (error === undefined && !started.includes(id)) found.push(`${id}: succeeded without a run`);
    if (error !== undefined && !(error instanceof Reason)) found.push(`${id}: ${inspect(error)}`);
  }
  for (const id of duplicates(started.map(String))) found.push(`${id}: ran twice`);
  const [least, most] = damage(step, cause);
  if (failed.length < least || failed.length > most) found.push(`failed: ${failed.join(", ")}`);
  // One may have been claimed, and its function not yet called.
  const neverRan = failed.filter((id) => !started.includes(id));
  if (isGarbled(cause) && neverRan.length > 1) found.push(`never ran: ${neverRan.join(", ")}`);
  return found;
}

/** The processes that have run something and still live. */
function survivors(gate: Gate): number[] {
  const pids = new Set(gate.started.map((note) => Number(note.split(" ")[1])));
  return [...pids].filter((pid) => pid !== process.pid && isAlive(pid));
}

describe.each(pools)("$name", (kind) => {
  const causes = Object.entries(CAUSES[kind.kind]);
  describe.concurrent.each(causes)("a worker that fails by: %s", (cause, where) => {
    test.each(where)("at the step: %s", async (step) => {
      using gate = new Gate();
      const pool = faultyPool(kind, gate, step, cause);
      const ends = new Map<number, number>();
      const futures = upTo(TASKS).map((id) => {
        const future = pool.submit(work, gate.path, id);
        future.addDoneCallback(() => ends.set(id, (ends.get(id) ?? 0) + 1));
        return future;
      });
      const isLast = step === "stop, shut down";
      if (isLast) await settled(futures);
      const closed = isLast ? pool.shutdown() : undefined;
      await until(() => existsSync(join(gate.path, "fault")));
      if (cause === "block") await unblock(pool, step, futures);
      await settled(futures);
      await closed;
      await pool.shutdown();

      // Every Future is settled once, all that succeeded is right, nothing ran twice, and only what had
      // started has failed.
      expect(ends).toEqual(new Map(upTo(TASKS).map((id) => [id, 1])));
      expect(await findings(step, cause, futures, gate)).toEqual([]);
      // The books are right, nobody is left, and this program has come to no harm.
      const { completed, failed, cancelled, ...stats } = pool.stats();
      expect(stats).toMatchObject({ workers: 0, queued: 0, running: 0 });
      expect(completed + failed + cancelled).toBe(TASKS);
      expect(survivors(gate)).toEqual([]);
      expect(escaped).toEqual([]);
    });
  });
});
