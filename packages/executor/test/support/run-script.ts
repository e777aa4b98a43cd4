import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

export interface Finished {
  readonly exitcode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program of `test/fixtures/scripts` to its end, with garbage collection exposed. */
export async function runScript(name: string, ...args: string[]): Promise<Finished> {
  const file = fileURLToPath(new URL(`../fixtures/scripts/${name}`, import.meta.url));
  const child = spawn(process.execPath, ["--expose-gc", file, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>;
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [exitcode, signal] = await exited;
  return { exitcode, signal, stdout, stderr };
}
