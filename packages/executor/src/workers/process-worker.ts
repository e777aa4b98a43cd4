import { Child, type ChildOptions } from "../launch/child.ts";
import { openClaimsFile, type FileClaims } from "../wire/file-claims.ts";
import { encodeFrame, writeFrame } from "../wire/frame.ts";
import { FrameReader } from "../wire/frame-reader.ts";
import type { PoolMessage } from "../wire/messages.ts";
import { checkWorkerMessage } from "../wire/check-message.ts";
import { ProtocolError } from "../wire/protocol-error.ts";
import type { Worker, WorkerListener } from "./worker.ts";

const ENTRY = new URL("../worker/process-main.js", import.meta.url);

export type ProcessWorkerOptions = Pick<ChildOptions, "cwd" | "env" | "execArgv" | "orphanGuard">;

/** A worker in a child process: frames on a pipe, claims in a file without a name. */
export class ProcessWorker implements Worker {
  readonly target = "process";
  readonly threadId = undefined;
  readonly claims: FileClaims | undefined = openClaimsFile();
  readonly #child: Child;
  #unreadable: ProtocolError | undefined;

  constructor(options: ProcessWorkerOptions, listener: WorkerListener) {
    try {
      this.#child = new Child({ ...options, entry: ENTRY, extraFd: this.claims?.fd });
    } catch (error) {
      this.claims?.close();
      throw error;
    }
    const reader = new FrameReader((message) => listener.message(checkWorkerMessage(message)));
    this.#child.output.on("data", (bytes: Buffer) => {
      if (this.#unreadable !== undefined) return;
      try {
        reader.push(bytes);
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        // What this child sends cannot be read any more: it is as good as dead.
        this.#unreadable = error;
        this.kill();
      }
    });
    void this.#reportExit(listener);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  send(message: PoolMessage): void {
    const buffers = encodeFrame(message);
    const { input } = this.#child;
    // When it can take nothing any more it is dying, and its exit settles what this is about.
    if (input.writable) writeFrame(input, buffers);
  }

  kill(signal: NodeJS.Signals = "SIGKILL"): void {
    this.#child.kill(signal);
  }

  async #reportExit(listener: WorkerListener): Promise<void> {
    const status = await this.#child.exited;
    listener.exit({ ...status, error: this.#unreadable ?? status.error });
    this.claims?.close();
  }
}
