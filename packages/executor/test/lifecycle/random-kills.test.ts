import { WorkerCrashedError, type Future } from "@concurrent/futures";
import { ProcessPoolExecutor, ThreadPoolExecutor } from "@concurrent/executor";
import { describe, expect, test, vi } from "vitest";
import { Gate } from "../support/gate.ts";
import { upTo } from "../support/outcomes.ts";
import { square, squareOrDie } from "./fixtures/random-jobs.js";
import { duplicates, settled } from "./support.ts";

vi.setConfig({ testTimeout: 120_000 });

const TASKS = 1000;

/** A seed that stays, and one that is new each time: the name of a failed test tells it. */
const seeds = [1, Date.now() % 2 ** 32];

/** Random numbers in [0, 1) from a seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Sorts the tasks by how they ended. Any end but these two is an error in itself. */
async function tally(futures: readonly Future<number>[]): Promise<{
  results: Map<number, number>;
  crashes: Map<number, WorkerCrashedError>;
  others: unknown[];
}> {
  const results = new Map<number, number>();
  const crashes = new Map<number, WorkerCrashedError>();
  const others: unknown[] = [];
  for (const [id, future] of futures.entries()) {
    const error = await future.exception();
    if (error === undefined) results.set(id, await future.result());
    else if (error instanceof WorkerCrashedError) crashes.set(id, error);
    else others.push(error);
  }
  return { results, crashes, others };
}

describe.each(seeds)("seed %d", (seed) => {
  test("ProcessPoolExecutor: 1,000 tasks among random SIGKILLs all settle, run once, and only running ones fail", async () => {
    const random = randomFrom(seed);
    using gate = new Gate();
    await using pool = new ProcessPoolExecutor({ maxWorkers: 4 });
    const futures = upTo(TASKS).map((id) => pool.submit(square, gate.path, id));
    // Kills a worker that has run something whenever so many tasks have been settled.
    const killed = new Set<number>();
    let settledTasks = 0;
    let next = 20;
    for (const future of futures) {
      future.addDoneCallback(() => {
        settledTasks++;
        if (settledTasks < next || settledTasks > TASKS - 50) return;
        next = settledTasks + 30 + Math.floor(random() * 100);
        const pids = new Set(gate.started.slice(-40).map((note) => Number(note.split(" ")[0])));
        const victims = [...pids].filter((pid) => !killed.has(pid));
        const victim = victims[Math.floor(random() * victims.length)];
        if (victim === undefined) return;
        killed.add(victim);
        process.kill(victim, "SIGKILL");
      });
    }
    await settled(futures);

    const { results, crashes, others } = await tally(futures);
    const started = gate.started.map((note) => Number(note.split(" ")[1]));
    expect(others).toEqual([]);
    expect(duplicates(started.map(String))).toEqual([]);
    for (const [id, result] of results) expect(result).toBe(id ** 2);
    // One that was running per worker that was killed; whatever had not started ran elsewhere.
    for (const { signal, pid } of crashes.values()) {
      expect(signal).toBe("SIGKILL");
      expect(killed).toContain(pid);
    }
    const wereRunning = [...crashes.values()].filter(({ mayHaveCompleted }) => !mayHaveCompleted);
    expect(new Set(wereRunning.map(({ pid }) => pid)).size).toBe(wereRunning.length);
    expect(crashes.size).toBeLessThanOrEqual(2 * killed.size);
    expect(killed.size).toBeGreaterThan(5);
    expect(pool.stats()).toMatchObject({
      crashes: killed.size,
      completed: results.size,
      failed: crashes.size,
      queued: 0,
      running: 0,
    });
  });

  test("ThreadPoolExecutor: 1,000 tasks among random ends of threads all settle, run once, and only the guilty fail", async () => {
    const random = randomFrom(seed);
    using gate = new Gate();
    await using pool = new ThreadPoolExecutor({
      maxWorkers: 4,
      resourceLimits: { maxOldGenerationSizeMb: 16 },
    });
    const deaths = upTo(TASKS).map(() => {
      const dice = random();
      if (dice < 0.01) return "exit";
      if (dice < 0.015) return "throw";
      return dice < 0.017 ? "memory" : "none";
    });
    const futures = deaths.map((death, id) => pool.submit(squareOrDie, gate.path, id, death));
    await settled(futures);

    const { results, crashes, others } = await tally(futures);
    expect(others).toEqual([]);
    expect(gate.started.toSorted((a, b) => Number(a) - Number(b))).toEqual(upTo(TASKS).map(String));
    for (const [id, result] of results) expect(result).toBe(id ** 2);
    const guilty = [...crashes].filter(([, { mayHaveCompleted }]) => !mayHaveCompleted);
    expect(guilty.map(([id]) => id)).toEqual(upTo(TASKS).filter((id) => deaths[id] !== "none"));
    // Only an end for want of memory is too sudden to send what has been finished before.
    const lost = [...crashes.values()].filter(({ mayHaveCompleted }) => mayHaveCompleted);
    expect(lost.filter(({ oom }) => !oom)).toEqual([]);
    expect(pool.stats()).toMatchObject({ crashes: guilty.length, queued: 0, running: 0 });
  });
});
