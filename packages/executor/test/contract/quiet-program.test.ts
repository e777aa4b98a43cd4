import { describe, expect, test } from "vitest";
import { pools } from "../support/executors.ts";
import { runScript } from "../support/run-script.ts";

describe.each(pools)("$name: a program that only waits", ({ kind }) => {
  test("gets its timeout, and its worker is stopped", async () => {
    const { exitcode, stdout, stderr } = await runScript("quiet-timeout.mjs", kind);
    expect({ exitcode, stdout, stderr }).toEqual({
      exitcode: 0,
      stdout: "ERR_FUTURES_TIMEOUT\n",
      stderr: "",
    });
  });
});
