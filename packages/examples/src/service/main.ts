import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { ProcessPoolExecutor, ThreadPoolExecutor } from "@concurrent/executor";
import { parseOptions } from "./options.ts";
import { Service } from "./service.ts";
import { stop, stopSignal } from "./stop.ts";

const options = parseOptions(process.argv.slice(2));
// The tasks look at their signal every 10 ms: one that takes seconds to notice will never.
const poolOptions = { maxWorkers: options.workers, killGrace: 2_000 };
const pool =
  options.executor === "threads"
    ? new ThreadPoolExecutor(poolOptions)
    : new ProcessPoolExecutor(poolOptions);

const service = new Service(pool, options);
const server = createServer(service.handle);
const told = stopSignal();
server.listen(options.port, "127.0.0.1");
await once(server, "listening");
console.log(`listening on http://127.0.0.1:${(server.address() as AddressInfo).port}`);

const signal = await told;
service.isStopping = true;
console.log(`stopping on ${signal}`);
await stop(server, pool, options.stopTimeout);
// Nothing is left that keeps the process alive: it ends by itself, with exit code 0.
console.log(`stopped: ${service.accepted} accepted, ${service.answered} answered`);
