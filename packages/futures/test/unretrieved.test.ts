import { describe, expect, test } from "vitest";
import { runFixture } from "./support/run-fixture.ts";

const WARNING =
  "[ERR_FUTURES_UNRETRIEVED] FuturesWarning: a Future failed and nobody looked at its error: ";

describe("a failure that nobody looked at", () => {
  test.concurrent.each([
    ["dropped", "RangeError: boom"],
    ["dropped undefined", "undefined"],
    ["from a promise", "RangeError: boom"],
    ["delivered", "RangeError: boom"],
    ["reported at shutdown, once", "RangeError: boom"],
    ["reported with its group, once", "RangeError: boom"],
    ["a map never iterated", "RangeError: boom"],
  ])("is reported: %s", async (scenario, error) => {
    const { exitcode, stdout, stderr } = await runFixture("unretrieved.js", scenario);
    expect(stderr.split(WARNING)).toHaveLength(2);
    expect(stderr).toContain(WARNING + error);
    expect(stdout).toBe("end\n");
    expect(exitcode).toBe(0);
  });

  test.concurrent("is reported with its stack", async () => {
    const { stderr } = await runFixture("unretrieved.js", "dropped");
    expect(stderr).toMatch(/RangeError: boom\n +at .*unretrieved\.js:\d+/u);
  });
});

describe("nothing is reported", () => {
  test.concurrent.each([
    "succeeded",
    "cancelled",
    "aborted with a reason",
    "looked at with result",
    "asked for before it failed",
    "asked for and timed out",
    "looked at with exceptionNow",
    "given a callback",
    "given a callback later",
    "looked at before shutdown",
    "left by map after an error",
  ])("of a Future %s", async (scenario) => {
    expect(await runFixture("unretrieved.js", scenario)).toEqual({
      exitcode: 0,
      stdout: "end\n",
      stderr: "",
    });
  });
});
