import { setTimeout as sleep } from "node:timers/promises";
import { ThreadPoolExecutor } from "@concurrent/executor";
import { stretch } from "./hashing.ts";

await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
const first = pool.submit(stretch, "secret", Infinity);
const second = pool.submit(stretch, "secret", 1_000);
while (!first.running()) await sleep(1);

console.log("cancel the running one:", first.cancel());
console.log("cancel the waiting one:", second.cancel());
console.log("abort the running one:", first.abort(new Error("nobody needs it")));
console.log("both are", first.state, "and", second.state);
await first.result().catch((error: Error) => console.log(String(error), "-", String(error.cause)));
