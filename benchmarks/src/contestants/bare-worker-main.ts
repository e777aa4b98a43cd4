import { parentPort } from "node:worker_threads";
import * as jobs from "../jobs.ts";
import { answer, type Request } from "./bare-pool.ts";

// The module that a thread of the bare Worker loop runs.

parentPort?.on("message", (request: Request) => {
  parentPort?.postMessage(answer(jobs, request));
});
