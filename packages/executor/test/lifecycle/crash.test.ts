import { readFileSync } from "node:fs";
import { WorkerCrashedError } from "@concurrent/futures";
import { ProcessPoolExecutor, ThreadPoolExecutor, type PoolExecutor } from "@concurrent/executor";
import { describe, expect, test } from "vitest";
import { blockAt, double, echo } from "../fixtures/jobs.js";
import { pools } from "../support/executors.ts";
import { Gate, until } from "../support/gate.ts";
import { failureOf, upTo } from "../support/outcomes.ts";
import {
  act,
  bufferOrExit,
  dieIdle,
  dieWithHeir,
  exitWith,
  kindOf,
  noteAndReturnMuch,
  pid,
  poisonedResult,
  poisonUrls,
  workerName,
} from "./fixtures/deaths.js";
import { identity } from "./fixtures/exits-on-load.js";
import { labels, settled, warmUp } from "./support.ts";

const MEGABYTE = 1024 * 1024;

type Death = Parameters<typeof act>[2];

/** A death, and what the crash that follows from it says. */
interface DeathCase {
  readonly death: Death;
  readonly crash: Record<string, unknown>;
}

const exits: DeathCase[] = [
  { death: "exit 0", crash: { exitcode: 0, signal: null, oom: false } },
  { death: "exit 3", crash: { exitcode: 3, signal: null, oom: false } },
  { death: "throw later", crash: { exitcode: 1, signal: null, oom: false } },
  { death: "reject later", crash: { exitcode: 1, signal: null, oom: false } },
];

const processDeaths: DeathCase[] = [
  ...exits,
  { death: "disconnect", crash: { exitcode: 0, signal: null, oom: false } },
  { death: "SIGKILL", crash: { exitcode: -9, signal: "SIGKILL", oom: false } },
  { death: "SIGSEGV", crash: { exitcode: -11, signal: "SIGSEGV", oom: false } },
  { death: "SIGTERM", crash: { exitcode: -15, signal: "SIGTERM", oom: false } },
  { death: "abort", crash: { exitcode: -6, signal: "SIGABRT", oom: false } },
];

/** What is different about the ends of threads and of processes. */
interface Ends {
  readonly deaths: readonly DeathCase[];
  /** What a crash says of the worker that had this name. */
  readonly worker: (name: string) => object;
  /** What a crash says that an error with this text has caused. */
  readonly because: (text: string) => object;
  readonly outOfMemory: object;
}

const ends: Record<"thread" | "process", Ends> = {
  thread: {
    deaths: exits,
    worker: (name) => ({
      pid: undefined,
      threadId: Number(name.slice("thread ".length)),
      lastStderr: "",
    }),
    because: (text) => ({ cause: { name: "RangeError", message: text } }),
    outOfMemory: { exitcode: 1, cause: { code: "ERR_WORKER_OUT_OF_MEMORY" } },
  },
  process: {
    deaths: processDeaths,
    worker: (name) => ({ pid: Number(name.slice("process ".length)), threadId: undefined }),
    because: (text) => ({ lastStderr: expect.stringContaining(text) as unknown }),
    outOfMemory: {
      exitcode: -6,
      signal: "SIGABRT",
      lastStderr: expect.stringContaining("heap out of memory") as unknown,
    },
  },
};

/** A pool whose workers have little memory. */
function smallPool(kind: "thread" | "process", megabytes: number): PoolExecutor {
  const options = { maxWorkers: 1, resourceLimits: { maxOldGenerationSizeMb: megabytes } };
  return kind === "thread" ? new ThreadPoolExecutor(options) : new ProcessPoolExecutor(options);
}

describe.each(pools)("$name: a worker that dies", ({ kind, create }) => {
  const expected = ends[kind];

  describe.each(expected.deaths)("by $death", ({ death, crash }) => {
    test("fails the task that it was running, and no other", async () => {
      using gate = new Gate();
      await using pool = create({ maxWorkers: 1 });
      await warmUp(pool, gate);
      const dying = await pool.run(workerName);
      const before = upTo(5).map((i) => pool.submit(act, gate.path, `before ${i}`));
      const killer = pool.submit(act, gate.path, "killer", death);
      const after = upTo(20).map((i) => pool.submit(act, gate.path, `after ${i}`));

      const error = await failureOf(killer);
      expect(error).toBeInstanceOf(WorkerCrashedError);
      expect(error).toMatchObject({
        ...crash,
        code: "ERR_EXECUTOR_WORKER_CRASHED",
        workerId: 1,
        taskName: "act",
        mayHaveCompleted: false,
      });
      expect(error).toMatchObject(expected.worker(dying));
      expect(await Promise.all(after.map((future) => future.result()))).toEqual(
        upTo(20).map((i) => `after ${i}`),
      );
      // What had finished may be lost with a worker that could not send it any more, and says so.
      const isSudden = crash["signal"] !== null;
      const outcomes = await Promise.all(
        before.map((future) =>
          future.result().catch((lost: WorkerCrashedError) => isSudden && lost.mayHaveCompleted),
        ),
      );
      expect(outcomes.map((outcome, i) => outcome === true || outcome === `before ${i}`)).toEqual(
        before.map(() => true),
      );
      expect(labels(gate)).toEqual([
        ...upTo(5).map((i) => `before ${i}`),
        "killer",
        ...upTo(20).map((i) => `after ${i}`),
      ]);
      expect(pool.stats()).toMatchObject({ crashes: 1, restarts: 1, queued: 0, running: 0 });
      expect(await pool.run(workerName)).not.toBe(dying);
    });
  });

  test("gives the error that ended it", async () => {
    await using pool = create({ maxWorkers: 1 });
    using gate = new Gate();
    for (const [death, text] of [
      ["throw later", "thrown later"],
      ["reject later", "rejected later"],
    ] as const) {
      const error = await failureOf(pool.submit(act, gate.path, "killer", death));
      expect(error).toMatchObject(expected.because(text));
    }
  });

  test("takes no outcome of its batch with it when it exits", async () => {
    await using pool = create({ maxWorkers: 1 });
    for (const i of upTo(60)) await pool.run(bufferOrExit, i);
    for (const size of [10, 100_000]) {
      const sizes = upTo(30).map((i) => size + i);
      const before = sizes.map((n) => pool.submit(bufferOrExit, n));
      const killer = pool.submit(bufferOrExit, -1);
      const after = sizes.map((n) => pool.submit(bufferOrExit, n));
      expect(await failureOf(killer)).toMatchObject({ exitcode: 3 });
      const buffers = await Promise.all([...before, ...after].map((future) => future.result()));
      expect(buffers.map(({ byteLength }) => byteLength)).toEqual([...sizes, ...sizes]);
    }
  });

  test("leaves what waits behind a running task to its replacement", async () => {
    using gate = new Gate();
    await using pool = create({ maxWorkers: 2 });
    const blockers = upTo(2).map((i) => pool.submit(blockAt, gate.path, `blocker ${i}`));
    await gate.arrived(2);
    const killers = upTo(4).map((i) => pool.submit(act, gate.path, `killer ${i}`, "exit 3"));
    const others = upTo(40).map((x) => pool.submit(double, x));
    gate.open();
    expect(await Promise.all(blockers.map((future) => future.result()))).toHaveLength(2);
    for (const killer of killers) expect(await failureOf(killer)).toMatchObject({ exitcode: 3 });
    expect(await Promise.all(others.map((future) => future.result()))).toEqual(
      upTo(40).map((x) => x * 2),
    );
    expect(pool.stats()).toMatchObject({ crashes: 4, failed: 4 });
  });

  test("may die while it is idle: that is noticed, and the next call runs (C172)", async () => {
    using gate = new Gate();
    await using pool = create({ maxWorkers: 1 });
    await pool.run(dieIdle, gate.path);
    gate.open();
    await until(() => pool.stats().workers === 0);
    expect(pool.stats()).toMatchObject({ crashes: 1, idle: 0, failed: 0 });
    expect(await pool.run(double, 21)).toBe(42);
    expect(pool.stats()).toMatchObject({ workers: 1, restarts: 1 });
  });

  test("may die while it loads a module", async () => {
    await using pool = create({ maxWorkers: 1, env: { ...process.env, EXIT_ON_LOAD: "7" } });
    expect(await pool.run(double, 1)).toBe(2);
    const futures = [pool.submit(identity, 1), pool.submit(double, 2), pool.submit(identity, 3)];
    expect(await failureOf(futures[0]!)).toMatchObject({ exitcode: 7, taskName: "identity" });
    expect(await futures[1]!.result()).toBe(4);
    expect(await failureOf(futures[2]!)).toMatchObject({ exitcode: 7, taskName: "identity" });
  });

  test("may die while it revives arguments (C081, C083)", async () => {
    await using pool = create({ maxWorkers: 1 });
    await pool.run(poisonUrls);
    const poisoned = pool.submit(kindOf, new URL("https://example.org/"));
    const other = pool.submit(kindOf, "a text");
    expect(await failureOf(poisoned)).toMatchObject({ exitcode: 5, taskName: "kindOf" });
    expect(await other.result()).toBe("string");
  });

  test("may die while it makes a result ready to travel (C087, C088)", async () => {
    await using pool = create({ maxWorkers: 1 });
    const poisoned = pool.submit(poisonedResult);
    const other = pool.submit(double, 2);
    expect(await failureOf(poisoned)).toMatchObject({ exitcode: 6, taskName: "poisonedResult" });
    expect(await other.result()).toBe(4);
  });

  test("by want of memory says so", async () => {
    using gate = new Gate();
    await using pool = smallPool(kind, 24);
    await warmUp(pool, gate);
    const hungry = pool.submit(act, gate.path, "hungry", "out of memory");
    const modest = upTo(5).map((i) => pool.submit(act, gate.path, `modest ${i}`));
    const error = await failureOf(hungry);
    expect(error).toMatchObject({ oom: true, taskName: "act", mayHaveCompleted: false });
    expect(error).toMatchObject(expected.outOfMemory);
    expect(await Promise.all(modest.map((future) => future.result()))).toEqual(
      upTo(5).map((i) => `modest ${i}`),
    );
    expect(labels(gate)).toEqual(["hungry", ...upTo(5).map((i) => `modest ${i}`)]);
  });

  test("of what it merely receives does not die of it for ever", async () => {
    await using pool = smallPool(kind, 24);
    expect(await pool.run(kindOf, 1)).toBe("number");
    const poison = pool.submit(
      kindOf,
      Array.from({ length: 500_000 }, (_, i) => ({ i, text: `${i}` })),
    );
    const others = upTo(5).map((i) => pool.submit(kindOf, i));
    expect(await failureOf(poison)).toBeInstanceOf(WorkerCrashedError);
    expect(await Promise.all(others.map((future) => future.result()))).toEqual(
      upTo(5).map(() => "number"),
    );
    expect(pool.stats().crashes).toBeLessThanOrEqual(3);
  });

  test("after shutdown was called delays it, and does not stop it (C092)", async () => {
    using gate = new Gate();
    const pool = create({ maxWorkers: 2 });
    const blocker = pool.submit(blockAt, gate.path, "blocker");
    const killers = upTo(3).map((i) => pool.submit(act, gate.path, `killer ${i}`, "exit 3"));
    const others = upTo(10).map((x) => pool.submit(double, x));
    await gate.arrived(1);
    const closed = pool.shutdown();
    gate.open();
    await closed;
    for (const future of [blocker, ...killers, ...others]) expect(future.done()).toBe(true);
    expect(await blocker.result()).toBe("blocker");
    for (const killer of killers) expect(await failureOf(killer)).toMatchObject({ exitcode: 3 });
    expect(await Promise.all(others.map((future) => future.result()))).toHaveLength(10);
    expect(pool.stats()).toMatchObject({ workers: 0, queued: 0, running: 0 });
  });

  test.each(["terminateWorkers", "killWorkers"] as const)(
    "may have its pool ended by %s in a callback of the failed Future",
    async (method) => {
      using gate = new Gate();
      const pool = create({ maxWorkers: 1 });
      await warmUp(pool, gate);
      const killer = pool.submit(act, gate.path, "killer", "exit 3");
      const others = upTo(20).map((i) => pool.submit(act, gate.path, `${i}`));
      let closed: Promise<void> | undefined;
      killer.addDoneCallback(() => {
        closed = pool[method]();
      });
      expect(await failureOf(killer)).toMatchObject({ exitcode: 3 });
      await closed;
      expect(others.map((future) => future.state)).toEqual(others.map(() => "cancelled"));
      expect(labels(gate)).toEqual(["killer"]);
    },
  );

  test("may have the rest cancelled in a callback of the failed Future", async () => {
    using gate = new Gate();
    const pool = create({ maxWorkers: 1 });
    await warmUp(pool, gate);
    const killer = pool.submit(act, gate.path, "killer", "exit 3");
    const others = upTo(20).map((i) => pool.submit(act, gate.path, `${i}`));
    let closed: Promise<void> | undefined;
    killer.addDoneCallback(() => {
      closed = pool.shutdown({ cancelFutures: true });
    });
    await settled([killer]);
    await closed;
    expect(others.map((future) => future.state)).toEqual(others.map(() => "cancelled"));
    expect(labels(gate)).toEqual(["killer"]);
  });

  test("may be replaced by calls that are submitted in a callback of the failed Future", async () => {
    using gate = new Gate();
    await using pool = create({ maxWorkers: 1 });
    const killer = pool.submit(act, gate.path, "killer", "exit 3");
    const retried = new Promise((resolve) => {
      killer.addDoneCallback(() => resolve(pool.run(act, gate.path, "again")));
    });
    expect(await retried).toBe("again");
  });
});

describe("ProcessPoolExecutor: a worker that is killed from outside", () => {
  test("tells what it wrote last", async () => {
    await using pool = new ProcessPoolExecutor({ maxWorkers: 1 });
    const error = await failureOf(pool.submit(exitWith, "no more disk", 9));
    expect(error).toMatchObject({ exitcode: 9, lastStderr: "no more disk" });
  });

  test("fails the task that it was running and runs what was sent ahead elsewhere", async () => {
    using gate = new Gate();
    await using pool = new ProcessPoolExecutor({ maxWorkers: 1 });
    await warmUp(pool, gate);
    const victim = await pool.run(pid);
    const blocker = pool.submit(act, gate.path, "blocker", "block");
    const others = upTo(50).map((i) => pool.submit(act, gate.path, `${i}`));
    await until(() => labels(gate).includes("blocker"));
    process.kill(victim, "SIGKILL");
    expect(await failureOf(blocker)).toMatchObject({
      signal: "SIGKILL",
      pid: victim,
      mayHaveCompleted: false,
    });
    expect(await Promise.all(others.map((future) => future.result()))).toEqual(
      upTo(50).map((i) => `${i}`),
    );
    expect(labels(gate)).toEqual(["blocker", ...upTo(50).map((i) => `${i}`)]);
  });

  test("may have been sent more than a pipe takes (C094)", async () => {
    using gate = new Gate();
    await using pool = new ProcessPoolExecutor({ maxWorkers: 1 });
    await warmUp(pool, gate);
    const victim = await pool.run(pid);
    const large = Buffer.alloc(16 * MEGABYTE);
    const blocker = pool.submit(act, gate.path, "blocker", "block");
    await until(() => labels(gate).includes("blocker"));
    const futures = upTo(3).map((i) => pool.submit(act, gate.path, `${i}`, "none", large));
    // One turn of the event loop: what can be sent ahead has been.
    await new Promise(setImmediate);
    process.kill(victim, "SIGKILL");
    expect(await failureOf(blocker)).toMatchObject({ signal: "SIGKILL" });
    expect(await Promise.all(futures.map((future) => future.result()))).toEqual(
      upTo(3).map((i) => `${i} ${large.byteLength}`),
    );
    expect(labels(gate)).toEqual(["blocker", "0", "1", "2"]);
  });

  test("runs elsewhere what is submitted in the same moment", async () => {
    await using pool = new ProcessPoolExecutor({ maxWorkers: 1 });
    for (const x of upTo(5)) {
      process.kill(await pool.run(pid), "SIGKILL");
      expect(await pool.run(double, x)).toBe(x * 2);
    }
    expect(pool.stats()).toMatchObject({ crashes: 5, failed: 0 });
  });

  test("is not the fault of a call that was never started, however many die", async () => {
    const maxWorkers = 4;
    await using pool = new ProcessPoolExecutor({ maxWorkers, minWorkers: maxWorkers });
    for (const round of upTo(3)) {
      using gate = new Gate();
      const blockers = upTo(maxWorkers).map((i) => pool.submit(blockAt, gate.path, `${i}`));
      await gate.arrived(maxWorkers);
      gate.open();
      await settled(blockers);
      await until(() => pool.stats().idle === maxWorkers);
      for (const child of childrenOf(process.pid)) process.kill(child, "SIGKILL");
      const futures = upTo(maxWorkers).map((x) => pool.submit(double, x));
      expect(await Promise.all(futures.map((future) => future.result())), `round ${round}`).toEqual(
        upTo(maxWorkers).map((x) => x * 2),
      );
    }
  });

  test("while its result is on the way says that the task may have completed", async () => {
    using gate = new Gate();
    await using pool = new ProcessPoolExecutor({ maxWorkers: 1 });
    const victim = await pool.run(pid);
    const future = pool.submit(noteAndReturnMuch, gate.path, "much");
    const other = pool.submit(double, 4);
    await new Promise(setImmediate);
    // This thread reads nothing meanwhile, and no pipe holds that much: the worker waits for it.
    blockUntil(() => labels(gate).length === 1);
    blockUntilAsleep(victim);
    process.kill(victim, "SIGKILL");
    expect(await failureOf(future)).toMatchObject({ signal: "SIGKILL", mayHaveCompleted: true });
    expect(await other.result()).toBe(8);
  });

  test("is not waited for by way of a process that it left behind", async () => {
    await using pool = new ProcessPoolExecutor({ maxWorkers: 1 });
    const error = await failureOf(pool.submit(dieWithHeir));
    const heir = Number(/heir (\d+)/.exec((error as WorkerCrashedError).lastStderr)?.[1]);
    try {
      expect(error).toMatchObject({ signal: "SIGKILL" });
      expect(await pool.run(double, 5)).toBe(10);
      // It is alive still: throws otherwise.
      expect(process.kill(heir, 0)).toBe(true);
    } finally {
      process.kill(heir, "SIGKILL");
    }
  });
});

describe("ThreadPoolExecutor: a worker that dies", () => {
  test("takes nothing of the program with it that is shared", async () => {
    using gate = new Gate();
    await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
    const shared = new Uint8Array(new SharedArrayBuffer(8)).fill(3);
    await failureOf(pool.submit(act, gate.path, "killer", "exit 3", shared));
    expect(await pool.run(echo, shared)).toEqual(shared);
  });
});

/** The processes that a process has started and that have not ended. */
function childrenOf(parent: number): number[] {
  const text = readFileSync(`/proc/${parent}/task/${parent}/children`, "utf8");
  return text.split(" ").filter(Boolean).map(Number);
}

/** Waits without letting anything else happen in this thread. */
function blockUntil(condition: () => boolean): void {
  const cell = new Int32Array(new SharedArrayBuffer(4));
  while (!condition()) Atomics.wait(cell, 0, 0, 2);
}

/** Blocks until a process has been seen asleep ten times in a row. */
function blockUntilAsleep(process: number): void {
  let times = 0;
  blockUntil(() => {
    const isAsleep = /^State:\s+S/m.test(readFileSync(`/proc/${process}/status`, "utf8"));
    times = isAsleep ? times + 1 : 0;
    return times === 10;
  });
}
