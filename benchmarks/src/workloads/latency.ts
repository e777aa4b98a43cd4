import type { Pool } from "../contestants/contestant.ts";
import { quantile } from "../statistics.ts";
import { check, openPool, sumBelow, type Workload } from "./workload.ts";

const CALLS = 1_000;

/** How long a caller waits for a call that does nothing, when nothing else is going on. */
export const latency: Workload = {
  name: "latency",
  title: "A call that does nothing, one at a time",
  metrics: [
    { name: "p50", unit: "µs" },
    { name: "p99", unit: "µs" },
  ],
  open: (contestant) => openPool(contestant, 4, round),
};

async function round(pool: Pool): Promise<readonly number[]> {
  const times: number[] = [];
  let sum = 0;
  for (let i = 0; i < CALLS; i++) {
    const start = performance.now();
    sum += await pool.noop(i);
    times.push((performance.now() - start) * 1_000);
  }
  check("the sum of the results", sum, sumBelow(CALLS));
  return [quantile(times, 0.5), quantile(times, 0.99)];
}
