import type { Transferable, Worker } from "node:worker_threads";
import { fileURLToPath } from "node:url";
import { Piscina } from "piscina";
import { workerExecArgv } from "./exec-argv.ts";
import type { ExitStatus } from "./exit-status.ts";

/** What to start a thread with. */
export interface ThreadOptions {
  /** A CommonJS module that exports a function, which is called with `setup`, once, in the thread. */
  readonly entry: URL;
  readonly setup: unknown;
  readonly transferList: readonly Transferable[];
  readonly env: NodeJS.ProcessEnv | undefined;
  readonly execArgv: readonly string[] | undefined;
  readonly resourceLimits: ThreadLimits | undefined;
}

/** Memory limits of a thread, as of `worker_threads.Worker`. */
export interface ThreadLimits {
  /** MiB of the main heap. */
  readonly maxOldGenerationSizeMb?: number;
  /** MiB of the heap for recently created objects. */
  readonly maxYoungGenerationSizeMb?: number;
  /** MiB of memory for generated code. */
  readonly codeRangeSizeMb?: number;
  /** MiB of the thread's stack. */
  readonly stackSizeMb?: number;
}

/**
 * A worker thread, by a Piscina of its own that holds at most this one. Piscina supplies and starts
 * it and calls our entry in it once; what follows goes over our own port. Its queue, signals and
 * `close()` are not used: they lose work (docs/design/0002-piscina.md). The thread does not keep
 * this process alive.
 */
export class Thread {
  /** Settles once, when the thread has gone. */
  readonly exited: Promise<ExitStatus>;
  readonly #pool: Piscina;
  readonly #worker: Worker;
  #error: unknown;

  constructor({ entry, setup, transferList, env, execArgv, resourceLimits }: ThreadOptions) {
    const flags = workerExecArgv(execArgv);
    this.#pool = new Piscina({
      filename: fileURLToPath(entry),
      // None before it is asked for, and no other in its place when it dies.
      minThreads: 0,
      maxThreads: 1,
      idleTimeout: Infinity,
      // The other modes stop the thread's event loop between calls: timers and sockets of user code.
      atomics: "disabled",
      recordTiming: false,
      ...(env !== undefined && { env }),
      ...(flags !== undefined && { execArgv: flags }),
      ...(resourceLimits !== undefined && { resourceLimits }),
    });
    // Without a listener, the death of a thread would end this process.
    this.#pool.on("error", (error: unknown) => {
      this.#error ??= error;
    });
    const started = this.#pool.run(setup, { transferList: transferList as never });
    this.#worker = this.#pool.threads[0] as Worker;
    this.exited = this.#watch(started);
  }

  /** −1 once the thread has gone. */
  get threadId(): number {
    return this.#worker.threadId;
  }

  /** Ends the thread, even in the middle of a call. */
  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }

  #watch(started: Promise<unknown>): Promise<ExitStatus> {
    started.catch((error: unknown) => {
      this.#error ??= error;
      void this.terminate();
    });
    this.#worker.on("error", (error) => {
      this.#error ??= error;
    });
    return new Promise((resolve) => {
      this.#worker.once("exit", (exitcode) => {
        const error = this.#error;
        resolve({ exitcode, signal: null, oom: isOutOfMemory(error), lastStderr: "", error });
      });
    });
  }
}

function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY";
}
