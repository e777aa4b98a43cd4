import { describe, expect, test, vi } from "vitest";
import { Gate } from "../support/gate.ts";
import { Program } from "./programs.ts";

vi.setConfig({ testTimeout: 60_000 });

describe.each(["reaper", "thread"])("ProcessPoolExecutor: guarded by a %s", (guard) => {
  test.each(["SIGKILL", "SIGTERM", "SIGINT"] as const)(
    "a program that %s ends leaves no worker behind that computes without a pause",
    async (signal) => {
      using gate = new Gate();
      using program = await Program.start("process", "blocked", "nothing", gate.path, guard);
      expect(program.children.length).toBeGreaterThanOrEqual(2);
      program.signal(signal);
      // Its streams end with the last worker that has inherited them.
      expect(await program.finished()).toMatchObject({ signal });
      await program.orphansAreGone();
    },
  );

  test.each([
    ["throw", 1],
    ["reject", 1],
    ["exit", 7],
  ])("nor does one that ends by its own doing (%s)", async (end, exitcode) => {
    using gate = new Gate();
    using program = await Program.start("process", "blocked", end, gate.path, guard);
    program.signal("SIGUSR2");
    expect(await program.finished()).toMatchObject({ exitcode, signal: null });
    await program.orphansAreGone();
  });
});
