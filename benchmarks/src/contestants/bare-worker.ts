import { Worker } from "node:worker_threads";
import { BarePool, type BareWorker, type BareWorkerListener, type Reply } from "./bare-pool.ts";
import type { Contestant } from "./contestant.ts";

const ENTRY = new URL("./bare-worker-main.js", import.meta.url);

/** `worker_threads.Worker` and its own port: the least that a thread costs. */
export const bareWorker: Contestant = {
  name: "bare Worker loop",
  kind: "threads",
  isOurs: false,
  start: async (workers) => new BarePool(workers, startThread),
};

function startThread({ reply, died }: BareWorkerListener): BareWorker {
  const worker = new Worker(ENTRY);
  worker.on("message", (message: Reply) => reply(message));
  worker.once("error", died);
  worker.once("exit", (code) => died(new Error(`a thread ended: ${code}`)));
  return {
    send: (request) => worker.postMessage(request),
    stop: async () => void (await worker.terminate()),
  };
}
