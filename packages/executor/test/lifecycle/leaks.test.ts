import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { pools } from "../support/executors.ts";
import { runProgram } from "./support.ts";

const MEGABYTE = 1024 * 1024;

function fixture(name: string): string {
  return fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
}

describe.each(pools)("$name: after shutdown", ({ kind }) => {
  test.each([
    ["30 pools that have worked", "shutdown", 30],
    ["pools that were killed in the middle of a call", "kill", 6],
    ["pools that have lost a worker", "crash", 6],
    ["pools that have had nothing to do", "idle", 6],
  ])("nothing is left of %s", async (_, use, rounds) => {
    const args = [fixture("leaks.mjs"), kind, use, `${rounds}`];
    const { stdout, ...rest } = await runProgram(args);
    expect(rest).toEqual({ exitcode: 0, signal: null, stderr: "" });
    const { before, after } = JSON.parse(stdout) as { before: object; after: object };
    expect(after).toEqual(before);
    expect(after).toMatchObject({ children: 0, files: 0 });
  });

  test("memory is flat after 100,000 tasks", async () => {
    const finished = await runProgram(["--expose-gc", fixture("flat-memory.mjs"), kind]);
    expect(finished).toMatchObject({ exitcode: 0, stderr: "" });
    expect(Number(finished.stdout)).toBeLessThan(2 * MEGABYTE);
  });

  test("twenty workers have made Node warn of nothing", async () => {
    const finished = await runProgram([fixture("twenty-workers.mjs"), kind]);
    expect(finished).toEqual({ exitcode: 0, signal: null, stdout: "20\n", stderr: "" });
  });
});
