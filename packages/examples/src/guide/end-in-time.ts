import { setTimeout as sleep } from "node:timers/promises";
import { ThreadPoolExecutor } from "@concurrent/executor";
import { spin, whoAmI } from "./hashing.ts";

const pool = new ThreadPoolExecutor({ maxWorkers: 1 });
const running = pool.submit(spin);
const waiting = pool.submit(whoAmI);
while (!running.running()) await sleep(1);

await pool.shutdown({ cancelFutures: true, timeout: 200 });
console.log(running.state, waiting.state);
await running.result().catch((error: Error) => console.log(String(error.cause)));
try {
  pool.submit(whoAmI);
} catch (error) {
  console.log(String(error));
}
