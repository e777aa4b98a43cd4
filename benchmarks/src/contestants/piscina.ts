import { fileURLToPath } from "node:url";
import { Piscina } from "piscina";
import { JOBS } from "../jobs.ts";
import type { Contestant, Pool } from "./contestant.ts";

/** One task per worker, the next one sent when it is done. */
export const piscina: Contestant = contestant("piscina", {});

/** Several tasks per worker: the fastest setting for small ones. */
export const piscina64: Contestant = contestant("piscina, 64 tasks per worker", {
  concurrentTasksPerWorker: 64,
});

type PiscinaOptions = NonNullable<ConstructorParameters<typeof Piscina>[0]>;

function contestant(name: string, options: PiscinaOptions): Contestant {
  return {
    name,
    kind: "threads",
    isOurs: false,
    start: async (workers) => {
      const filename = fileURLToPath(JOBS);
      return drive(new Piscina({ ...options, filename, minThreads: workers, maxThreads: workers }));
    },
  };
}

function drive(pool: Piscina): Pool {
  const [noop, echo] = [{ name: "noop" }, { name: "echo" }];
  return {
    noop: (index) => pool.run(index, noop) as Promise<number>,
    echo: (buffer) => pool.run(buffer, echo) as Promise<Uint8Array>,
    close: () => pool.destroy(),
  };
}
