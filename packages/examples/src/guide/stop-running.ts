import { ThreadPoolExecutor } from "@concurrent/executor";
import { spin, stretch, whoAmI } from "./hashing.ts";

// This task looks at its signal: it stops, and its worker goes on.
await using patient = new ThreadPoolExecutor({ maxWorkers: 1, killGrace: 5_000 });
const polite = patient.withOptions({ timeout: 100 }).submit(stretch, "secret", Infinity);
console.log(String(await polite.exception()));
console.log("the next one runs on worker", await patient.run(whoAmI));

// This one does not: its worker is replaced. What was waiting behind it runs on the new one.
await using strict = new ThreadPoolExecutor({ maxWorkers: 1, killGrace: 100 });
const stubborn = strict.withOptions({ timeout: 100, name: "the stubborn one" }).submit(spin);
const behind = [1, 2, 3].map(() => strict.submit(whoAmI));
console.log(String(await stubborn.exception()));
console.log("the next ones run on", await Promise.all(behind.map((future) => future.result())));
