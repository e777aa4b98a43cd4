import { ThreadPoolExecutor } from "@concurrent/executor";
import { leaveBehind, workOn } from "./late.ts";
import { reserve } from "./orders.ts";

// To a log of our own instead of standard error.
process.removeAllListeners("warning");
process.on("warning", (warning: Error & { code?: string }) => {
  console.log(warning.code, "-", warning.message);
});

await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
console.log(await pool.run(leaveBehind));
console.log(await pool.run(workOn));

pool.submit(reserve, "tea", 5); // fails, and nobody looks
