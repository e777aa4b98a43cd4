import type { Pool } from "../contestants/contestant.ts";
import { median } from "../statistics.ts";
import { check, openPool, type Workload } from "./workload.ts";

const SIZE = 2 ** 20;
const CALLS = 25;

/** What large binary arguments and results cost. */
export const buffer: Workload = {
  name: "buffer",
  title: "A Buffer of 1 MB there and back, one at a time",
  metrics: [{ name: "p50", unit: "ms" }],
  open: (contestant) => {
    // With memory of its own: nothing around it could be sent along.
    const bytes = Buffer.allocUnsafeSlow(SIZE);
    return openPool(contestant, 2, (pool) => round(pool, bytes));
  },
};

async function round(pool: Pool, bytes: Buffer): Promise<readonly number[]> {
  const times: number[] = [];
  for (let i = 0; i < CALLS; i++) {
    bytes.fill(i);
    const start = performance.now();
    const result = await pool.echo(bytes);
    times.push(performance.now() - start);
    check("whether the bytes come back", bytes.equals(result), true);
    check("whether they are the same memory", result.buffer === bytes.buffer, false);
  }
  return [median(times)];
}
