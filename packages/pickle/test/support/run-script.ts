import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const scripts = new URL("../fixtures/scripts/", import.meta.url);

/** Runs a script in a Node of its own, as users' code runs, and reads the JSON that it prints. */
export function runScript(
  script: string,
  args: readonly string[] = [],
  execArgv: readonly string[] = [],
): unknown {
  const file = fileURLToPath(new URL(script, scripts));
  const output = execFileSync(process.execPath, [...execArgv, file, ...args], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    // What vitest sets for its own workers is nothing for ours. Where memory is measured, coverage
    // would count as growth: it keeps every function.
    env: {
      ...process.env,
      NODE_OPTIONS: "",
      ...(execArgv.includes("--expose-gc") && { NODE_V8_COVERAGE: "" }),
    },
  });
  return JSON.parse(output) as unknown;
}

/** The number of the line of a fixture that has a text. */
export function lineOf(name: string, text: string): number {
  const lines = readFileSync(fileURLToPath(fixtureUrl(name)), "utf8").split("\n");
  return lines.findIndex((line) => line.includes(text)) + 1;
}

/** The URL of a fixture. */
export function fixtureUrl(name: string): string {
  return new URL(`../fixtures/${name}`, import.meta.url).href;
}
