import { ThreadPoolExecutor } from "@concurrent/executor";
import { BrokenExecutorError } from "@concurrent/futures";
import { reserve } from "./orders.ts";

await using pool = new ThreadPoolExecutor({
  initializer: () => {
    throw new Error("no database");
  },
});
const error = await pool.submit(reserve, "tea", 1).exception();
if (error instanceof BrokenExecutorError) console.log(String(error), "-", String(error.cause));

try {
  pool.submit(reserve, "tea", 1); // throws from now on
} catch (thrown) {
  console.log(thrown instanceof BrokenExecutorError);
}
