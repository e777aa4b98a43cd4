import { afterEach, describe, expect, test } from "vitest";
import { inheritableFlags, workerExecArgv } from "../dist/launch/exec-argv.js";

const own = process.execArgv;

afterEach(() => {
  process.execArgv = own;
});

describe("workerExecArgv", () => {
  test("gives a copy of the flags that were asked for", () => {
    const flags = ["--no-warnings"];
    expect(workerExecArgv(flags)).toEqual(flags);
    expect(workerExecArgv(flags)).not.toBe(flags);
    expect(workerExecArgv([])).toEqual([]);
  });

  test("leaves it to Node when this process has no flags that must not be inherited", () => {
    for (const flags of [[], ["--no-warnings"], ["--max-old-space-size=100", "--expose-gc"]]) {
      process.execArgv = flags;
      expect(workerExecArgv(undefined)).toBeUndefined();
    }
  });

  test.each([
    [["--inspect"], []],
    [["--inspect=127.0.0.1:0", "--no-warnings"], ["--no-warnings"]],
    [["--inspect-brk", "--inspect-port=1"], []],
    [["--inspect-port", "9230", "--expose-gc"], ["--expose-gc"]],
    [
      ["--inspect-wait", "--import", "./a.js"],
      ["--import", "./a.js"],
    ],
    [["--input-type=module", "-e", "run()"], []],
    [["--input-type", "module", "--eval", "run()", "--no-warnings"], ["--no-warnings"]],
    [["--input-type=module", "-p", "1"], []],
    [["--inspect", "--inspect-publish-uid=http"], ["--inspect-publish-uid=http"]],
  ])("drops from %j what belongs to this process alone", (flags, expected) => {
    process.execArgv = flags;
    expect(workerExecArgv(undefined)).toEqual(expected);
    expect(inheritableFlags()).toEqual(expected);
  });

  test("drops a program that stands in the flags", () => {
    for (const option of ["-e", "--eval", "-p", "-pe", "--print"]) {
      process.execArgv = ["--no-warnings", option, "console.log(1)"];
      expect(inheritableFlags()).toEqual(["--no-warnings"]);
    }
  });
});
