import type { Contestant } from "../contestants/contestant.ts";
import { median } from "../statistics.ts";
import { check, type Workload } from "./workload.ts";

const STARTS = 3;

/** How long the first caller of a new pool waits. */
export const startUp: Workload = {
  name: "start-up",
  title: "The start of a pool of one, to its first result",
  metrics: [{ name: "p50", unit: "ms" }],
  open: async (contestant) => {
    // Loads the engine's own modules, once, as a program does before it makes a pool.
    await start(contestant);
    return { round: () => round(contestant), close: async () => undefined };
  },
};

async function round(contestant: Contestant): Promise<readonly number[]> {
  const times: number[] = [];
  for (let i = 0; i < STARTS; i++) times.push(await start(contestant));
  return [median(times)];
}

async function start(contestant: Contestant): Promise<number> {
  const before = performance.now();
  const pool = await contestant.start(1);
  const result = await pool.noop(42);
  const milliseconds = performance.now() - before;
  check("the first result", result, 42);
  await pool.close();
  return milliseconds;
}
