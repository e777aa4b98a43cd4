import { once } from "node:events";
import { ThreadPoolExecutor } from "@concurrent/executor";
import { leaveBehind } from "./late.ts";
import { reserve } from "./orders.ts";

// To a log of our own instead of standard error.
process.removeAllListeners("warning");
process.on("warning", (warning: Error & { code?: string }) => {
  console.log(warning.code, "-", warning.message);
});

await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
const warned = once(process, "warning");
console.log(await pool.run(leaveBehind));
await warned;

pool.submit(reserve, "tea", 5); // fails, and nobody looks
