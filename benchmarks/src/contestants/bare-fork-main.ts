import * as jobs from "../jobs.ts";
import { answer, type Request } from "./bare-pool.ts";

// The module that a child of the bare fork loop runs.

process.on("message", (request) => {
  process.send?.(answer(jobs, request as Request));
});
