import type { Pool } from "../contestants/contestant.ts";
import { check, openPool, sumBelow, type Workload } from "./workload.ts";

const CALLS = 10_000;

/** How fast calls go through when there are many. */
export const burst: Workload = {
  name: "burst",
  title: "10,000 calls that do nothing, all at once",
  metrics: [{ name: "per call", unit: "µs" }],
  open: (contestant) => openPool(contestant, 4, round),
};

async function round(pool: Pool): Promise<readonly number[]> {
  const start = performance.now();
  const calls = Array.from({ length: CALLS }, (_, i) => pool.noop(i));
  const results = await Promise.all(calls);
  const milliseconds = performance.now() - start;
  const sum = results.reduce((total, result) => total + result, 0);
  check("the sum of the results", sum, sumBelow(CALLS));
  return [(milliseconds * 1_000) / CALLS];
}
