import { ProcessPoolExecutor, ThreadPoolExecutor } from "@concurrent/executor";
import { countPrimes } from "./primes.ts";

await using threads = new ThreadPoolExecutor();
const future = threads.submit(countPrimes, 100_000); // any exported function, no registration
future.addDoneCallback((done) => console.log("primes:", done.resultNow()));
await future.result();

await using processes = new ProcessPoolExecutor({ maxWorkers: 2 });
console.log(await processes.map((x: number) => x ** 2, [1, 2, 3]).toArray());
console.log(
  await processes
    .submit(() => process.exit(3))
    .exception()
    .then(String),
);
