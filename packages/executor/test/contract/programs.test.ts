import { describe, expect, test } from "vitest";
import { pools } from "../support/executors.ts";
import { runScript } from "../support/run-script.ts";

const QUIET = { exitcode: 0, signal: null, stderr: "" };

describe.concurrent.each(pools)("a program with a $name", ({ kind }) => {
  test.each([
    ["without shutdown (C125)", "none", "apple\n"],
    ["after a shutdown that does not wait (C129)", "no-wait", "apple\n"],
  ])("ends when what it submitted is done: %s", async (_case, how, stdout) => {
    expect(await runScript("print-late.mjs", kind, how)).toEqual({ ...QUIET, stdout });
  });

  test("ends when the done callbacks of what it submitted have been called", async () => {
    const { stdout, ...rest } = await runScript("print-late.mjs", kind, "callback");
    expect(rest).toEqual(QUIET);
    // A thread's output takes a way of its own.
    expect(stdout.split("\n").toSorted()).toEqual(["", "apple", "done"]);
  });

  test("ends when what it submitted is done or cancelled (C137)", async () => {
    const { stdout, ...rest } = await runScript("print-late.mjs", kind, "cancel");
    expect(rest).toEqual(QUIET);
    expect(["apple\n", ""]).toContain(stdout);
  });

  test("ends though its pool is idle and has not been shut down", async () => {
    expect(await runScript("idle.mjs", kind)).toEqual({ ...QUIET, stdout: "2\n" });
  });

  test("gets its results though nobody holds the pool any more (C133)", async () => {
    expect(await runScript("dropped.mjs", kind)).toEqual({ ...QUIET, stdout: "[2,4,6,8,10]\n" });
  });

  test("has nothing more of it after shutdown than before: no handle, no timer, no listener (C131)", async () => {
    expect(await runScript("leftovers.mjs", kind)).toEqual({ ...QUIET, stdout: "true\n" });
  });

  test("takes 10,000 calls at once and 100,000 items of map, and keeps nothing of them", async () => {
    expect(await runScript("many.mjs", kind)).toEqual({
      ...QUIET,
      stdout: [
        "submit 0",
        "map 100000 0",
        "chunks 100000 0",
        "buffered 100000 0",
        "flat true",
        "completed 220100",
        "",
      ].join("\n"),
    });
  });

  test("keeps neither arguments nor results that it has no use for (C020, C022, C102)", async () => {
    expect(await runScript("references.mjs", kind)).toEqual({
      ...QUIET,
      stdout: [
        "argument true",
        "argument of a Future that is held true finished",
        "result of map true",
        "argument of a cancelled call true cancelled",
        "argument in the worker true",
        "",
      ].join("\n"),
    });
  });

  test("is warned of done callbacks that throw, each by itself (C028, C032, C179)", async () => {
    const { stdout, stderr, exitcode } = await runScript("callbacks.mjs", kind);
    expect({ stdout, exitcode }).toEqual({ stdout: "the last one\n4\n", exitcode: 0 });
    for (const text of ["doh!", "undefined", '"a text"', "rejected"]) {
      expect(stderr).toMatch(
        new RegExp(`ERR_FUTURES_CALLBACK\\] .*exception calling callback for Future .*${text}`),
      );
    }
  });

  test("is warned once of an error that nobody has looked at", async () => {
    const { stdout, stderr, exitcode } = await runScript("unretrieved.mjs", kind);
    expect({ stdout, exitcode }).toEqual({ stdout: "end\n", exitcode: 0 });
    expect(stderr.match(/\[ERR_FUTURES_UNRETRIEVED\]/g)).toHaveLength(1);
    expect(stderr).toContain("RangeError: nobody asked");
    expect(stderr).not.toContain("somebody asked");
  });

  test("may send functions of its entry script, which is not run again", async () => {
    expect(await runScript("entry.mjs", kind)).toEqual({
      ...QUIET,
      stdout: "started\n49\nSerializationError true\n",
    });
  });

  test("that fails ends at once, whatever its pool is doing", async () => {
    const failed = await runScript("fail.mjs", kind, "throw");
    expect(failed).toMatchObject({ exitcode: 1, stdout: "" });
    expect(failed.stderr).toContain("Error: the program has failed");
    expect(await runScript("fail.mjs", kind, "exit")).toEqual({
      ...QUIET,
      exitcode: 7,
      stdout: "",
    });
  });

  test("may be CommonJS", async () => {
    expect(await runScript("require.cjs", kind)).toEqual({ ...QUIET, stdout: "101 8\n" });
  });
});
