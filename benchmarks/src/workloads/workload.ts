import type { Contestant, Pool } from "../contestants/contestant.ts";

/** Workers of each pool, unless a workload says otherwise. */
const WORKERS = 2;

/** Something that a round measures: a time, of which less is better. */
interface Metric {
  readonly name: string;
  readonly unit: "µs" | "ms";
}

/** A workload for one contestant, ready to be measured. */
export interface Session {
  /** One turn: a number for each metric. */
  round(): Promise<readonly number[]>;
  close(): Promise<void>;
}

/** What is measured. */
export interface Workload {
  /** For the command line. */
  readonly name: string;
  readonly title: string;
  readonly metrics: readonly Metric[];
  /** Gets a contestant to the point from which on it is measured. */
  open(contestant: Contestant): Promise<Session>;
}

/** A session on one pool of two workers, which runs `warmUp` rounds before the first that counts. */
export async function openPool(
  contestant: Contestant,
  warmUp: number,
  round: (pool: Pool) => Promise<readonly number[]>,
): Promise<Session> {
  const pool = await contestant.start(WORKERS);
  for (let i = 0; i < warmUp; i++) await round(pool);
  return { round: () => round(pool), close: () => pool.close() };
}

/**
 * A wrong result makes every time worthless.
 *
 * @throws Error when `actual` is not `expected`
 */
export function check(what: string, actual: unknown, expected: unknown): void {
  if (actual === expected) return;
  throw new Error(`${what} should be ${String(expected)}, got ${String(actual)}`);
}

/** 0 + 1 + … + (count − 1). */
export function sumBelow(count: number): number {
  return (count * (count - 1)) / 2;
}
