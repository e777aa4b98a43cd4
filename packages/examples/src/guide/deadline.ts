import { ThreadPoolExecutor } from "@concurrent/executor";
import { wait } from "@concurrent/futures";
import { stretch } from "./hashing.ts";

await using pool = new ThreadPoolExecutor({ maxWorkers: 1, killGrace: 5_000 });

// One signal for all calls of a request: a deadline that counts from now, whoever has started.
const request = pool.withOptions({ signal: AbortSignal.timeout(1_000) });
const futures = [1, 2, 3].map(() => request.submit(stretch, "secret", Infinity));

// This one gives up earlier if it has not started.
const hasty = pool.withOptions({ queueTimeout: 50 }).submit(stretch, "secret", 1_000);
console.log(String(await hasty.exception()));

// A wait that ends early leaves the task as it is.
await futures[0]?.result({ timeout: 50 }).catch((error: Error) => console.log(String(error)));
console.log(futures.map((future) => future.done()));

await wait(futures);
console.log(futures.map(({ state }) => state));
await futures[0]?.result().catch((error: Error) => console.log(String(error.cause)));
