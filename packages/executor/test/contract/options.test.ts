import { ProcessPoolExecutor, ThreadPoolExecutor, cpuCount } from "@concurrent/executor";
import { tmpdir } from "node:os";
import { realpathSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { executors, pools } from "../support/executors.ts";
import { Gate } from "../support/gate.ts";
import { jobs } from "../support/jobs.ts";
import { collect, failureOf, thrownBy, upTo } from "../support/outcomes.ts";

const { double, fail, tellAt, whoAmI } = jobs;

/** An option, a bad value, what is thrown. */
const BAD: [string, unknown, typeof TypeError | typeof RangeError][] = [
  ["maxWorkers", 0, RangeError],
  ["maxWorkers", -1, RangeError],
  ["maxWorkers", 1.5, TypeError],
  ["maxWorkers", "4", TypeError],
  ["maxWorkers", Number.NaN, TypeError],
  ["maxWorkers", Infinity, TypeError],
  ["maxWorkers", null, TypeError],
  ["minWorkers", -1, RangeError],
  ["minWorkers", 3, RangeError],
  ["minWorkers", 0.5, TypeError],
  ["idleTimeout", -1, RangeError],
  ["idleTimeout", "soon", TypeError],
  ["idleTimeout", Number.NaN, TypeError],
  ["killGrace", -1, RangeError],
  ["killGrace", "1", TypeError],
  ["initializer", "initialize", TypeError],
  ["initializer", {}, TypeError],
  ["initargs", "abc", TypeError],
  ["initargs", { 0: "a" }, TypeError],
  ["maxTasksPerChild", 0, RangeError],
  ["maxTasksPerChild", -1, RangeError],
  ["maxTasksPerChild", 2.5, TypeError],
  ["maxTasksPerChild", "1", TypeError],
  ["name", 1, TypeError],
  ["env", "PATH", TypeError],
  ["execArgv", "--no-warnings", TypeError],
  ["resourceLimits", 5, TypeError],
  ["resourceLimits", { maxOldGenerationSizeMb: "8" }, RangeError],
  ["resourceLimits", { maxOldGenerationSizeMb: 0 }, RangeError],
  ["resourceLimits", { maxHeap: 8 }, TypeError],
  ["submitStack", "sometimes", TypeError],
  ["max_workers", 2, TypeError],
  ["unknown", 1, TypeError],
];

describe.concurrent.each(pools)("$name: options", ({ create, kind, name: className }) => {
  test.each(BAD)("refuses %s: %j, and names it (C021)", (name, value, errorClass) => {
    const error = thrownBy(() => create({ maxWorkers: 2, [name]: value }));
    expect(error).toBeInstanceOf(errorClass);
    expect(error.message).toContain(name);
  });

  test("refuses options that are no object", () => {
    for (const options of [5, "options"]) {
      const Pool = kind === "thread" ? ThreadPoolExecutor : ProcessPoolExecutor;
      expect(thrownBy(() => new Pool(options as unknown as object))).toBeInstanceOf(TypeError);
    }
  });

  test("says of an unknown option which there are", () => {
    const { message } = thrownBy(() => create({ ["workers" as "name"]: "4" }));
    expect(message).toContain(`unknown option \`workers\` of ${className}`);
    expect(message).toContain("maxWorkers");
  });

  test("takes undefined for an option that was not given", async () => {
    await using pool = create({
      minWorkers: undefined,
      idleTimeout: undefined,
      initializer: undefined,
      initargs: undefined,
      maxTasksPerChild: undefined,
      name: undefined,
    });
    expect(await pool.run(double, 1)).toBe(2);
  });

  test("takes an idleTimeout beyond 2^31 − 1 ms, and none at all", async () => {
    for (const idleTimeout of [2 ** 31, Infinity]) {
      await using pool = create({ maxWorkers: 1, idleTimeout });
      const worker = await pool.run(whoAmI);
      for (let i = 0; i < 5; i++) await new Promise(setImmediate);
      expect(await pool.run(whoAmI)).toBe(worker);
    }
  });

  test("gives the workers their environment and their flags", async () => {
    await using pool = create({
      env: { ...process.env, CONTRACT: "kept" },
      execArgv: ["--no-deprecation"],
    });
    const [variable, flags] = await pool.run(
      () => [process.env["CONTRACT"], process.execArgv] as const,
    );
    expect(variable).toBe("kept");
    expect(flags).toContain("--no-deprecation");
    expect(process.env["CONTRACT"]).toBeUndefined();
  });

  test("has as many workers as there are CPUs, unless told otherwise (C142)", async () => {
    const Pool = kind === "thread" ? ThreadPoolExecutor : ProcessPoolExecutor;
    await using pool = new Pool();
    using gate = new Gate();
    const futures = upTo(cpuCount() + 5).map((i) => pool.submit(tellAt, gate.path, `${i}`));
    await gate.arrived(cpuCount());
    expect(pool.stats()).toMatchObject({ workers: cpuCount(), queued: 5 });
    gate.open();
    await Promise.all(futures.map((future) => future.result()));
  });

  test("calls a broken pool by its name", async () => {
    await using pool = create({
      name: "thumbnails",
      initializer: () => {
        throw new Error("no camera");
      },
    });
    const { message } = await failureOf(pool.submit(double, 1));
    expect(message).toBe("thumbnails is broken and runs nothing any more: no camera");
  });
});

describe("options of one kind of executor", () => {
  test("are refused by the other kind, which names it", () => {
    const error = thrownBy(() => new ThreadPoolExecutor({ cwd: "/" } as object));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toBe(
      "`cwd` is an option of ProcessPoolExecutor, not of ThreadPoolExecutor",
    );
    const limits = { resourceLimits: { stackSizeMb: 4 } };
    expect(() => new ProcessPoolExecutor(limits as object)).toThrow("stackSizeMb");
  });

  test("cwd is where processes work", async () => {
    const cwd = realpathSync(tmpdir());
    await using pool = new ProcessPoolExecutor({ maxWorkers: 1, cwd });
    expect(await pool.run(() => process.cwd())).toBe(cwd);
  });

  test("a cwd that does not exist breaks the pool, and says why", async () => {
    await using pool = new ProcessPoolExecutor({ maxWorkers: 1, cwd: "/no/such/folder" });
    const error = await failureOf(pool.submit(double, 1));
    expect(error).toMatchObject({ name: "BrokenProcessPoolError" });
    expect(String((error.cause as Error).cause ?? error.cause)).toContain("ENOENT");
  });
});

describe.concurrent.each(executors)("$name: withOptions", ({ create }) => {
  test("gives a view with submit, run and map on the same executor", async () => {
    await using executor = create();
    const view = executor.withOptions({ chunksize: 3, buffersize: 2, name: "doubling" });
    expect(await view.submit(double, 1).result()).toBe(2);
    expect(await view.run(double, 2)).toBe(4);
    expect(await collect(view.map(double, upTo(10)))).toEqual(upTo(10).map((x) => x * 2));
  });

  test("refuses what is unknown, of the wrong type or out of range, at once", async () => {
    await using executor = create();
    for (const options of [undefined, null, 5]) {
      expect(() => executor.withOptions(options as unknown as object)).toThrow(TypeError);
    }
    const error = thrownBy(() => executor.withOptions({ ["chunkSize" as "name"]: "4" }));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toContain("`chunkSize`");
    expect(error.message).toContain("chunksize");
    for (const chunksize of [1.5, "3", Number.NaN, null]) {
      const options = { chunksize: chunksize as number };
      expect(thrownBy(() => executor.withOptions(options))).toBeInstanceOf(TypeError);
    }
  });
});

describe.concurrent.each(pools)("$name: withOptions", ({ create }) => {
  test("of a view merges, the later wins, and an undefined one is back at its default", async () => {
    await using pool = create();
    const named = pool.withOptions({ name: "first", snapshot: true });
    const taskOf = async (view: typeof named): Promise<string | undefined> => {
      const { stack = "" } = await failureOf(view.submit(fail, "x"));
      return /\(task "(.*)"\)/.exec(stack)?.[1];
    };
    expect(await taskOf(named)).toBe("first");
    expect(await taskOf(named.withOptions({ chunksize: 4 }))).toBe("first");
    expect(await taskOf(named.withOptions({ name: "second" }))).toBe("second");
    expect(await taskOf(named.withOptions({ name: undefined }))).toBe("fail");
    expect(await taskOf(named)).toBe("first");
  });

  test("refuses bad values of each option of a task", async () => {
    await using pool = create();
    const cases: [object, string][] = [
      [{ name: 5 }, "name"],
      [{ snapshot: "yes" }, "snapshot"],
      [{ strict: 0 }, "strict"],
    ];
    for (const [options, name] of cases) {
      const error = thrownBy(() => pool.withOptions(options));
      expect(error).toBeInstanceOf(TypeError);
      expect(error.message).toContain(`\`${name}\``);
    }
  });
});
