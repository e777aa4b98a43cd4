import type { Contestant } from "../contestants/contestant.ts";
import { check, type Workload } from "./workload.ts";

/** How long the first caller of a new pool waits. */
export const startUp: Workload = {
  name: "start-up",
  title: "The start of a pool of one, to its first result",
  metrics: [{ name: "time", unit: "ms" }],
  open: async (contestant) => {
    // Loads the engine's own modules, once, as a program does before it makes a pool.
    await start(contestant);
    return { round: async () => [await start(contestant)], close: async () => undefined };
  },
};

async function start(contestant: Contestant): Promise<number> {
  const before = performance.now();
  const pool = await contestant.start(1);
  const result = await pool.noop(42);
  const milliseconds = performance.now() - before;
  check("the first result", result, 42);
  await pool.close();
  return milliseconds;
}
