import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

export interface Finished {
  readonly exitcode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program of `test/fixtures` with garbage collection exposed. */
export async function runFixture(name: string, ...args: string[]): Promise<Finished> {
  const file = fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
  const child = spawn(process.execPath, ["--expose-gc", file, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [stdout, stderr, [exitcode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "exit") as Promise<[number | null]>,
  ]);
  return { exitcode, stdout, stderr };
}
