import { ThreadPoolExecutor } from "@concurrent/executor";
import type { OutOfStock } from "./orders.ts";
import { reserve } from "./orders.ts";

await using pool = new ThreadPoolExecutor({ maxWorkers: 1 });
console.log(await pool.run(reserve, "tea", 2));
try {
  await pool.run(reserve, "tea", 5);
} catch (error) {
  const { code, left, stack } = error as OutOfStock;
  console.log(code, left);
  console.log(stack?.replaceAll(/\n.*node:.*/g, "")); // without Node's own frames
}
