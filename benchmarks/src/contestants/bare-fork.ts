import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { BarePool, type BareWorker, type BareWorkerListener, type Reply } from "./bare-pool.ts";
import type { Contestant } from "./contestant.ts";

const ENTRY = fileURLToPath(new URL("./bare-fork-main.js", import.meta.url));

/** `child_process.fork` and its own channel. */
export const bareFork: Contestant = {
  name: "bare fork loop",
  kind: "processes",
  isOurs: false,
  start: async (workers) => new BarePool(workers, startChild),
};

function startChild({ reply, died }: BareWorkerListener): BareWorker {
  const child = fork(ENTRY, { serialization: "advanced" });
  child.on("message", (message) => reply(message as Reply));
  child.once("exit", (code, signal) => died(new Error(`a child ended: ${signal ?? code}`)));
  return {
    send: (request) => void child.send(request),
    // Nothing keeps it alive then.
    stop: async () => {
      const exited = once(child, "exit");
      child.disconnect();
      await exited;
    },
  };
}
