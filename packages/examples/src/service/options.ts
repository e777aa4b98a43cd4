import { parseArgs } from "node:util";

export interface ServiceOptions {
  /** 0: any free port. */
  readonly port: number;
  readonly executor: "threads" | "processes";
  readonly workers: number;
  /** Tasks that may wait for a worker. */
  readonly maxQueued: number;
  /** Milliseconds that a task may run. */
  readonly taskTimeout: number;
  /** Milliseconds that what was accepted may take once the service is told to stop. */
  readonly stopTimeout: number;
  /** Whether `POST /crash` kills a worker, to see what happens then. */
  readonly crash: boolean;
}

/** @throws TypeError for an option that is unknown or wrong */
export function parseOptions(args: string[]): ServiceOptions {
  const { values } = parseArgs({
    args,
    options: {
      port: { type: "string", default: "8080" },
      executor: { type: "string", default: "threads" },
      workers: { type: "string", default: "2" },
      "max-queued": { type: "string", default: "100" },
      "task-timeout": { type: "string", default: "10000" },
      "stop-timeout": { type: "string", default: "20000" },
      crash: { type: "boolean", default: false },
    },
  });
  const { executor } = values;
  if (executor !== "threads" && executor !== "processes") {
    throw new TypeError(`--executor must be threads or processes, got "${executor}"`);
  }
  return {
    port: wholeNumber("port", values.port, 0),
    executor,
    workers: wholeNumber("workers", values.workers, 1),
    maxQueued: wholeNumber("max-queued", values["max-queued"], 1),
    taskTimeout: wholeNumber("task-timeout", values["task-timeout"], 1),
    stopTimeout: wholeNumber("stop-timeout", values["stop-timeout"], 1),
    crash: values.crash,
  };
}

function wholeNumber(name: string, text: string, least: number): number {
  const value = Number(text);
  if (text !== "" && Number.isSafeInteger(value) && value >= least) return value;
  throw new TypeError(`--${name} must be an integer of at least ${least}, got "${text}"`);
}
