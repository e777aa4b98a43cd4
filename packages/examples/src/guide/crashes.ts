import { ProcessPoolExecutor, ThreadPoolExecutor } from "@concurrent/executor";
import { WorkerCrashedError, type Future } from "@concurrent/futures";
import { beKilled, burn, forget, hoard } from "./accidents.ts";
import { reserve } from "./orders.ts";

async function report(future: Future<unknown>): Promise<void> {
  const error = await future.exception();
  if (!(error instanceof WorkerCrashedError)) return;
  const { taskName, exitcode, signal, oom, lastStderr, mayHaveCompleted, cause } = error;
  console.log({ taskName, exitcode, signal, oom, lastStderr, mayHaveCompleted });
  if (cause instanceof Error) console.log("cause:", cause.message);
}

await using processes = new ProcessPoolExecutor({ maxWorkers: 1 });
const burning = processes.submit(burn);
const behind = processes.submit(reserve, "tea", 1);
await report(burning);
console.log("unharmed:", await behind.result());
await report(processes.submit(beKilled));

await using threads = new ThreadPoolExecutor({
  maxWorkers: 1,
  resourceLimits: { maxOldGenerationSizeMb: 32 },
});
await report(threads.submit(hoard));
await report(threads.submit(forget));
