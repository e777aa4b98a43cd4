import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { BrokenExecutorError } from "@concurrent/futures";
import {
  ProcessPoolExecutor,
  ThreadPoolExecutor,
  type PoolExecutor,
  type PoolExecutorOptions,
} from "@concurrent/executor";
import { describe, expect, test } from "vitest";
import { double } from "../fixtures/jobs.js";
import { pools, type PoolCase } from "../support/executors.ts";
import { Gate } from "../support/gate.ts";
import { failureOf, rejection, thrownBy, upTo } from "../support/outcomes.ts";
import { exitAtStart, keep, neverStart, rejectAtStart, throwAtStart } from "./fixtures/starts.js";
import { runProgram } from "./support.ts";

const DIES_AT_START = new URL("fixtures/dies-at-start.mjs", import.meta.url).href;

/** Options with which the first workers die at their start, as many as said. */
function deathsAtStart(gate: Gate, deaths: number): PoolExecutorOptions {
  return {
    execArgv: ["--import", DIES_AT_START],
    env: { ...process.env, START_FOLDER: gate.path, START_DEATHS: `${deaths}` },
  };
}

/** How many workers have died at their start. */
function deathsAt(gate: Gate): number {
  return readdirSync(gate.path).filter((name) => name.startsWith("death-")).length;
}

/** The texts of an error and of what it was caused by. */
function reasonsOf(error: unknown): string {
  return error instanceof Error ? `${error.message}\n${reasonsOf(error.cause)}` : "";
}

/** Expects that a pool is broken: every Future, `submit` and `shutdown` say so, each on its own. */
async function expectBroken(
  pool: PoolExecutor,
  { Broken }: Pick<PoolCase, "Broken">,
): Promise<BrokenExecutorError> {
  const futures = upTo(5).map((x) => pool.submit(double, x));
  const errors = await Promise.all(futures.map((future) => failureOf(future)));
  for (const error of errors) expect(error).toBeInstanceOf(Broken);
  expect(new Set(errors).size).toBe(errors.length);
  const thrown = thrownBy(() => pool.submit(double, 1));
  expect(thrown).toBeInstanceOf(Broken);
  expect(errors).not.toContain(thrown);
  expect(thrown.cause).toBe(errors[0]!.cause);
  await pool.shutdown();
  expect(pool.stats()).toMatchObject({ workers: 0, queued: 0, running: 0, failed: 5 });
  return errors[0] as BrokenExecutorError;
}

describe.each(pools)("$name: a start that fails", ({ kind, create, Broken }) => {
  test.each([
    ["throws", throwAtStart],
    ["rejects", rejectAtStart],
  ])("because the initializer %s breaks the pool, with the cause", async (_, initializer) => {
    const pool = create({ initializer, initargs: ["no database"] });
    const error = await expectBroken(pool, { Broken });
    expect(error.message).toContain("no database");
    expect(error.cause).toMatchObject({ name: "RangeError", message: "no database" });
  });

  test("because the initializer ends its worker breaks the pool, with the exit code", async () => {
    const pool = create({ initializer: exitAtStart, initargs: [12] });
    const error = await expectBroken(pool, { Broken });
    expect(error.message).toContain("exit code 12");
  });

  test("because the initializer's arguments never fit breaks the pool", async () => {
    const initargs: [unknown] = [Array.from({ length: 500_000 }, (_, i) => ({ i, text: `${i}` }))];
    const limits = { resourceLimits: { maxOldGenerationSizeMb: 16 }, initializer: keep, initargs };
    const pool =
      kind === "thread" ? new ThreadPoolExecutor(limits) : new ProcessPoolExecutor(limits);
    const error = await expectBroken(pool, { Broken });
    expect(error.message).toContain("workers end before they are ready");
  });

  test("because of Node's flags breaks the pool after three tries", async () => {
    using gate = new Gate();
    const pool = create({ ...deathsAtStart(gate, 1000), maxWorkers: 1 });
    const error = await expectBroken(pool, { Broken });
    expect(error.message).toContain("exit code 8");
    expect(deathsAt(gate)).toBe(3);
  });

  test("because a module that Node's flags name is missing breaks the pool", async () => {
    const pool = create({ execArgv: ["--import", "./no-such-module.mjs"], maxWorkers: 1 });
    const error = await expectBroken(pool, { Broken });
    expect(reasonsOf(error)).toContain("no-such-module");
  });

  test("because of flags that Node refuses breaks the pool, with the reason", async () => {
    const pool = create({ execArgv: ["--no-such-flag"], maxWorkers: 1 });
    const error = await expectBroken(pool, { Broken });
    expect(reasonsOf(error)).toContain("--no-such-flag");
  });

  test("while the constructor starts workers breaks the pool, too", async () => {
    const pool = create({ execArgv: ["--no-such-flag"], maxWorkers: 1, minWorkers: 1 });
    expect(await rejection(pool.run(double, 1))).toBeInstanceOf(Broken);
    await pool.shutdown();
  });

  test("once or twice is tried again", async () => {
    using gate = new Gate();
    await using pool = create({ ...deathsAtStart(gate, 2), maxWorkers: 1 });
    expect(await pool.map(double, upTo(10)).toArray()).toEqual(upTo(10).map((x) => x * 2));
    expect(deathsAt(gate)).toBe(2);
    expect(pool.stats()).toMatchObject({ crashes: 2, restarts: 2 });
  });

  test("of all workers at once is tried again", async () => {
    using gate = new Gate();
    await using pool = create({ ...deathsAtStart(gate, 4), maxWorkers: 4, minWorkers: 4 });
    expect(await pool.map(double, upTo(20)).toArray()).toEqual(upTo(20).map((x) => x * 2));
    expect(deathsAt(gate)).toBe(4);
  });

  test("breaks the pool in the middle of a wait for shutdown", async () => {
    using gate = new Gate();
    const pool = create({ ...deathsAtStart(gate, 1000), maxWorkers: 1 });
    const futures = upTo(3).map((x) => pool.submit(double, x));
    await pool.shutdown();
    for (const future of futures) expect(await failureOf(future)).toBeInstanceOf(Broken);
  });

  test("is not waited for when nothing is to be done", async () => {
    using gate = new Gate();
    const pool = create({ ...deathsAtStart(gate, 1000), minWorkers: 1 });
    await pool.shutdown();
    expect(pool.stats()).toMatchObject({ workers: 0 });
  });

  test("is ended by shutdown when the initializer never ends and nothing is to be done", async () => {
    const pool = create({ initializer: neverStart, minWorkers: 2 });
    await pool.shutdown();
    expect(pool.stats()).toMatchObject({ workers: 0 });
  });

  test("is ended by killWorkers when the initializer never ends", async () => {
    const pool = create({ initializer: neverStart });
    const future = pool.submit(double, 1);
    await pool.killWorkers();
    expect(future.cancelled()).toBe(true);
  });
});

describe.each(pools)("$name: a start", ({ kind }) => {
  test("may be ended at every moment", async () => {
    const program = fileURLToPath(new URL("fixtures/end-at-start.mjs", import.meta.url));
    const finished = await runProgram([program, kind, "40"]);
    expect(finished).toEqual({ exitcode: 0, signal: null, stdout: "done\n", stderr: "" });
  });
});

describe("ProcessPoolExecutor: a start that fails", () => {
  const Broken = pools.find(({ kind }) => kind === "process")!.Broken;

  test("because the working directory does not exist breaks the pool, with the cause", async () => {
    const pool = new ProcessPoolExecutor({ cwd: "/no/such/folder" });
    const error = await expectBroken(pool, { Broken });
    expect(reasonsOf(error)).toContain("ENOENT");
  });

  test("because of its environment breaks the pool, with the cause", async () => {
    const env = { ...process.env, NODE_OPTIONS: "--no-such-option" };
    const pool = new ProcessPoolExecutor({ env, maxWorkers: 1 });
    const error = await expectBroken(pool, { Broken });
    expect(error.message).toContain("--no-such-option is not allowed in NODE_OPTIONS");
  });

  test.each(["env", "cwd", "execArgv"] as const)(
    "at once because %s holds what no program can be given leaves no descriptor",
    async (option) => {
      const value = { env: { A: "\0" }, cwd: "\0", execArgv: ["\0"] }[option];
      const before = readdirSync("/proc/self/fd").length;
      for (const _ of upTo(5)) {
        const pool = new ProcessPoolExecutor({ [option]: value, maxWorkers: 1 });
        const error = await expectBroken(pool, { Broken });
        expect(String(error.cause)).toContain("null bytes");
      }
      expect(readdirSync("/proc/self/fd")).toHaveLength(before);
    },
  );
});

const SCRIPT = `
  import { ProcessPoolExecutor, ThreadPoolExecutor } from "@concurrent/executor";
  for (const Pool of [ThreadPoolExecutor, ProcessPoolExecutor]) {
    const pool = new Pool({ maxWorkers: 2 });
    console.log(await pool.map((x) => x * 2, [1, 2, 3]).toArray());
    await pool.shutdown();
  }
`;

const COMMONJS_SCRIPT = `
  const { ProcessPoolExecutor, ThreadPoolExecutor } = require("@concurrent/executor");
  (async () => {
    for (const Pool of [ThreadPoolExecutor, ProcessPoolExecutor]) {
      const pool = new Pool({ maxWorkers: 2 });
      console.log(await pool.map((x) => x * 2, [1, 2, 3]).toArray());
      await pool.shutdown();
    }
  })();
`;

const EXPECTED = { exitcode: 0, stderr: "", stdout: "[ 2, 4, 6 ]\n[ 2, 4, 6 ]\n" };

describe("a script without a file runs both pools", () => {
  // Where its imports are looked up.
  const cwd = fileURLToPath(new URL(".", import.meta.url));

  test.each([
    ["of --input-type=module and -e", ["--input-type=module", "-e", SCRIPT], ""],
    ["of --input-type module and --eval", ["--input-type", "module", "--eval", SCRIPT], ""],
    ["of -e in CommonJS", ["-e", COMMONJS_SCRIPT], ""],
    ["of standard input", ["--input-type=module", "-"], SCRIPT],
    ["of -p", ["-p", COMMONJS_SCRIPT.replace("(async", "void (async")], ""],
    ["with a debugger's port", ["--inspect=0", "--input-type=module", "-e", SCRIPT], ""],
  ])("%s", async (_, args, input) => {
    const finished = await runProgram(args, { input, cwd });
    const stderr = finished.stderr.replaceAll(/^(Debugger|For help|Starting|Waiting).*\n/gm, "");
    const stdout = finished.stdout.replace("undefined\n", "");
    expect({ ...finished, stderr, stdout }).toMatchObject(EXPECTED);
  });
});

describe("an initializer that cannot travel", () => {
  test("harms no program that never uses it", async () => {
    const script = `
      import { ThreadPoolExecutor } from "@concurrent/executor";
      import { initializerThatCaptures } from "./fixtures/captures.js";
      try {
        const pool = new ThreadPoolExecutor({ initializer: initializerThatCaptures });
        await new Promise((resolve) => setTimeout(resolve, 1));
        await pool.shutdown();
        console.log("shut down");
      } catch (error) {
        console.log(error.name);
      }
    `;
    const cwd = fileURLToPath(new URL(".", import.meta.url));
    const finished = await runProgram(["--input-type=module", "-e", script], { cwd });
    expect(finished).toMatchObject({ exitcode: 0, stderr: "" });
    expect(finished.stdout).toMatch(/^(shut down|SerializationError)\n$/);
  });
});
