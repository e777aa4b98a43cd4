import { fork, type ChildProcess, type StdioOptions } from "node:child_process";
import { Socket } from "node:net";
import { constants } from "node:os";
import type { Readable } from "node:stream";
import { workerExecArgv } from "./exec-argv.ts";
import type { ExitStatus } from "./exit-status.ts";
import { GUARD_FD, GUARD_YOURSELF, INPUT_FD, OUTPUT_FD } from "./child-side.ts";
import { LastLines } from "./last-lines.ts";
import { reaper, type OrphanGuard } from "./orphan-guard.ts";

/** What to start a child with. */
export interface ChildOptions {
  /** The module that it runs. It begins by `connectToParent`. */
  readonly entry: URL;
  readonly cwd: string | undefined;
  readonly env: NodeJS.ProcessEnv | undefined;
  readonly execArgv: readonly string[] | undefined;
  /** What ends it when it is busy and this process is killed. */
  readonly orphanGuard: OrphanGuard;
  /** A descriptor of this process that the child inherits as `EXTRA_FD`. */
  readonly extraFd?: number | undefined;
}

/** Milliseconds that the last words of a dead child may take to arrive. */
const LAST_WORDS = 1_000;

/**
 * A child process with a pipe each way. It does not keep this process alive; it dies with it. Its standard
 * output goes where this process's goes, its standard error too, and its end is kept for the report.
 */
export class Child {
  /** What is written here the child reads. */
  readonly input: Socket;
  /** What the child writes. Ends when the child does. */
  readonly output: Socket;
  /** Settles once, when the child has gone and all that it wrote has been read. */
  readonly exited: Promise<ExitStatus>;
  readonly #process: ChildProcess;
  readonly #stderr = new LastLines();
  readonly #guard: OrphanGuard;

  constructor(options: ChildOptions) {
    const { entry, cwd, env, execArgv, orphanGuard } = options;
    this.#process = fork(entry, {
      stdio: stdioOf(options),
      serialization: "advanced",
      // `fork` tells an absent option from an undefined one.
      ...(cwd !== undefined && { cwd }),
      ...(env !== undefined && { env }),
      ...withExecArgv(execArgv),
    });
    // Node's types know of five streams.
    const streams = this.#process.stdio as readonly unknown[] | undefined;
    // When descriptors run out, the child has no streams, and an `error` event says so.
    this.input = (streams?.[INPUT_FD] as Socket | undefined) ?? new Socket().destroy();
    this.output = (streams?.[OUTPUT_FD] as Socket | undefined) ?? new Socket().destroy();
    this.#process.stderr?.on("data", (bytes: Buffer) => {
      this.#stderr.push(bytes);
      process.stderr.write(bytes);
    });
    this.#guard = orphanGuard;
    this.#startGuard();
    this.#unref();
    this.exited = this.#watch();
  }

  /** Undefined when the process could not be started. */
  get pid(): number | undefined {
    return this.#process.pid;
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  #startGuard(): void {
    if (this.pid === undefined) return;
    if (this.#guard === "reaper") reaper.watch(this.pid);
    if (this.#guard === "thread") this.#process.send(GUARD_YOURSELF);
  }

  #unref(): void {
    (this.#process.stdio?.at(GUARD_FD) as Socket | null | undefined)?.unref();
    this.#process.unref();
    this.#process.channel?.unref();
    this.input.unref();
    this.output.unref();
    (this.#process.stderr as Socket | null | undefined)?.unref();
  }

  async #watch(): Promise<ExitStatus> {
    // A pipe to a dead child breaks; the exit tells why.
    for (const pipe of [this.input, this.output, this.#process.stderr]) {
      pipe?.on("error", () => undefined);
    }
    // What the child has sent can arrive after its end is known, and blame depends on it.
    const drained = closed(this.output);
    const exit = await new Promise<Pick<ExitStatus, "exitcode" | "signal" | "error">>((resolve) => {
      this.#process.once("exit", (code, signal) => {
        resolve({ exitcode: exitcode(code, signal), signal, error: undefined });
      });
      this.#process.on("error", (error) => {
        if (this.pid === undefined) resolve({ exitcode: null, signal: null, error });
      });
    });
    if (this.pid !== undefined) {
      await Promise.all([drained, this.#stderrEnded(), reaper.forget(this.pid)]);
    }
    const lastStderr = this.#stderr.toString();
    return { ...exit, lastStderr, oom: /heap out of memory/i.test(lastStderr) };
  }

  /** A grandchild may hold the child's standard error open for ever; it is not waited for. */
  async #stderrEnded(): Promise<void> {
    const { stderr } = this.#process;
    if (stderr === null) return;
    await Promise.race([closed(stderr), delay(LAST_WORDS)]);
    stderr.destroy();
  }
}

/** Standard streams, the IPC channel, and the descriptors that child-side.ts names. */
function stdioOf({ extraFd, orphanGuard }: ChildOptions): StdioOptions {
  const extra = extraFd ?? "ignore";
  const guard: "pipe"[] = orphanGuard === "thread" ? ["pipe"] : [];
  return ["ignore", "inherit", "pipe", "ipc", "pipe", "pipe", extra, ...guard];
}

function withExecArgv(given: readonly string[] | undefined): { execArgv?: string[] } {
  const execArgv = workerExecArgv(given);
  return execArgv === undefined ? {} : { execArgv };
}

/** As Python's `exitcode`: −n when signal n ended the process. */
function exitcode(code: number | null, signal: NodeJS.Signals | null): number | null {
  return signal === null ? code : -constants.signals[signal];
}

/** Resolves when a stream is closed, with or without an error. */
function closed(stream: Readable): Promise<void> {
  return new Promise((resolve) => {
    if (stream.closed) resolve();
    else stream.once("close", resolve);
  });
}

function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds).unref();
  });
}
