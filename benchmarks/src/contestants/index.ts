import { bareFork } from "./bare-fork.ts";
import { bareWorker } from "./bare-worker.ts";
import type { Contestant } from "./contestant.ts";
import { processPoolExecutor, threadPoolExecutor } from "./executor.ts";
import { piscina, piscina64 } from "./piscina.ts";

/** Every engine, in the order in which they take turns. */
export const CONTESTANTS: readonly Contestant[] = [
  threadPoolExecutor,
  piscina,
  piscina64,
  bareWorker,
  processPoolExecutor,
  bareFork,
];
