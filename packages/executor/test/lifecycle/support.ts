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
