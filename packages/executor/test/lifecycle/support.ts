import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import type { Future } from "@concurrent/futures";
import type { PoolExecutor } from "@concurrent/executor";
import type { Gate } from "../support/gate.ts";
import { upTo } from "../support/outcomes.ts";
import { act } from "./fixtures/deaths.js";

/**
 * Runs `act` so often that the pool knows how short it is: from then on its calls travel in batches,
 * and ahead of time to a worker that is busy.
 */
export async function warmUp(pool: PoolExecutor, gate: Gate): Promise<void> {
  for (const i of upTo(60)) await pool.run(act, gate.path, `warm ${i}`);
}

/** The labels noted at the gate, those of the warm-up aside. */
export function labels(gate: Gate): string[] {
  return gate.started.filter((label) => !label.startsWith("warm"));
}

/** Resolves when all are done, however they ended. */
export async function settled(futures: readonly Future<unknown>[]): Promise<void> {
  await Promise.all(futures.map((future) => future.exception().catch(() => undefined)));
}

/** Labels that were noted more than once. */
export function duplicates(notes: readonly string[]): string[] {
  const seen = new Set<string>();
  return notes.filter((note) => seen.size === seen.add(note).size);
}

export interface Finished {
  readonly exitcode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs Node with these arguments to its end. */
export async function runProgram(
  args: readonly string[],
  { input = "", cwd = process.cwd() }: { readonly input?: string; readonly cwd?: string } = {},
): Promise<Finished> {
  const child = spawn(process.execPath, args, { cwd, stdio: "pipe" });
  child.stdin.end(input);
  const exited = once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>;
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [exitcode, signal] = await exited;
  return { exitcode, signal, stdout, stderr };
}
