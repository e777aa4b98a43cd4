import { describe, expect, test } from "vitest";
import { pools } from "../support/executors.ts";
import { Gate } from "../support/gate.ts";
import { Program } from "./programs.ts";

describe.each(pools)("$name: a program", ({ kind }) => {
  test.each(["waiting", "blocked"])(
    "decides itself what Ctrl-C means for its %s workers",
    async (work) => {
      using gate = new Gate();
      using program = await Program.start(kind, work, "finish", gate.path);
      program.signalGroup("SIGINT");
      await program.said("interrupted");
      gate.open();
      expect(await program.finished()).toEqual({
        exitcode: 0,
        signal: null,
        lines: ["interrupted", "a b"],
        stderr: "",
      });
      await program.orphansAreGone();
    },
  );

  test.each([
    ["throw", "idle"],
    ["throw", "waiting"],
    ["reject", "idle"],
    ["reject", "waiting"],
  ])("that ends by a mistake (%s) takes its %s workers with it", async (end, work) => {
    using gate = new Gate();
    using program = await Program.start(kind, work, end, gate.path);
    program.signal("SIGUSR2");
    const { stderr, ...rest } = await program.finished();
    expect(rest).toEqual({ exitcode: 1, signal: null, lines: [] });
    expect(stderr).toContain("Error: a mistake");
    await program.orphansAreGone();
  });

  test.each(["idle", "waiting"])(
    "that calls process.exit takes its %s workers with it",
    async (work) => {
      using gate = new Gate();
      using program = await Program.start(kind, work, "exit", gate.path);
      program.signal("SIGUSR2");
      expect(await program.finished()).toEqual({
        exitcode: 7,
        signal: null,
        lines: [],
        stderr: "",
      });
      await program.orphansAreGone();
    },
  );

  test("that has nothing more to do ends, although its pool was never shut down", async () => {
    using gate = new Gate();
    using program = await Program.start(kind, "idle", "fade", gate.path);
    program.signal("SIGUSR2");
    expect(await program.finished()).toEqual({ exitcode: 0, signal: null, lines: [], stderr: "" });
    await program.orphansAreGone();
  });

  test("that has nothing more to do waits for the calls under way", async () => {
    using gate = new Gate();
    using program = await Program.start(kind, "waiting", "fade", gate.path);
    program.signal("SIGUSR2");
    gate.open();
    expect(await program.finished()).toEqual({ exitcode: 0, signal: null, lines: [], stderr: "" });
    await program.orphansAreGone();
  });
});

describe("ProcessPoolExecutor: a program", () => {
  test.each(["idle", "waiting"])(
    "that does not handle Ctrl-C takes its %s workers with it",
    async (work) => {
      using gate = new Gate();
      using program = await Program.start("process", work, "nothing", gate.path);
      program.signalGroup("SIGINT");
      expect(await program.finished()).toEqual({
        exitcode: null,
        signal: "SIGINT",
        lines: [],
        stderr: "",
      });
      await program.orphansAreGone();
    },
  );

  test.each([
    ["SIGTERM", "idle"],
    ["SIGTERM", "waiting"],
    ["SIGKILL", "idle"],
    ["SIGKILL", "waiting"],
  ] as const)("that %s ends takes its %s workers with it", async (signal, work) => {
    using gate = new Gate();
    using program = await Program.start("process", work, "nothing", gate.path);
    program.signal(signal);
    expect(await program.finished()).toMatchObject({ signal, lines: [], stderr: "" });
    await program.orphansAreGone();
  });
});
