import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const scripts = new URL("../fixtures/scripts/", import.meta.url);

/** Runs a script in a Node of its own, as users' code runs, and reads the JSON that it prints. */
export function runScript<Output = Record<string, never>>(
  script: string,
  args: readonly string[] = [],
  execArgv: readonly string[] = [],
): Output {
  const file = fileURLToPath(new URL(script, scripts));
  const output = execFileSync(process.execPath, [...execArgv, file, ...args], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    // What vitest sets for its own workers is nothing for ours.
    env: { ...process.env, NODE_OPTIONS: "" },
  });
  return JSON.parse(output) as Output;
}

/** The URL of a fixture. */
export function fixtureUrl(name: string): string {
  return new URL(`../fixtures/${name}`, import.meta.url).href;
}
