import { MessageChannel, receiveMessageOnPort, type MessagePort } from "node:worker_threads";
import type { ExitStatus } from "../launch/exit-status.ts";
import { Thread, type ThreadOptions } from "../launch/thread.ts";
import type { PoolMessage, WorkerMessage } from "../wire/messages.ts";
import { checkWorkerMessage } from "../wire/check-message.ts";
import { SharedClaims } from "../wire/shared-claims.ts";
import type { ThreadSetup } from "../worker/thread-main.ts";
import type { Worker, WorkerListener } from "./worker.ts";

const ENTRY = new URL("../worker/thread-entry.cjs", import.meta.url);

export type ThreadWorkerOptions = Pick<ThreadOptions, "env" | "execArgv" | "resourceLimits">;

/** A worker in a thread: messages over a port of ours, claims in shared memory. */
export class ThreadWorker implements Worker {
  readonly target = "thread";
  readonly pid = undefined;
  readonly claims: SharedClaims = new SharedClaims();
  readonly threadId: number;
  readonly #port: MessagePort;
  readonly #thread: Thread;
  #unreadable: unknown;

  constructor(options: ThreadWorkerOptions, listener: WorkerListener) {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    port1.on("message", (message) => this.#received(message, listener));
    // Its outcomes would be lost, and their Futures with them.
    port1.on("messageerror", (error) => this.#giveUp(error));
    port1.unref();
    const setup: ThreadSetup = { port: port2, claims: this.claims.buffer };
    this.#thread = new Thread({ ...options, entry: ENTRY, setup, transferList: [port2] });
    this.threadId = this.#thread.threadId;
    void this.#reportExit(listener);
  }

  send(message: PoolMessage): void {
    this.#port.postMessage(message);
  }

  kill(): void {
    void this.#thread.terminate();
  }

  async #reportExit(listener: WorkerListener): Promise<void> {
    const status: ExitStatus = await this.#thread.exited;
    // The thread's end can be known before its last messages have been delivered.
    for (let left = receiveMessageOnPort(this.#port); left !== undefined;) {
      this.#received(left.message, listener);
      left = receiveMessageOnPort(this.#port);
    }
    this.#port.close();
    listener.exit({ ...status, error: this.#unreadable ?? status.error });
  }

  #received(message: unknown, listener: WorkerListener): void {
    if (this.#unreadable !== undefined) return;
    let checked: WorkerMessage;
    try {
      checked = checkWorkerMessage(message);
    } catch (error) {
      this.#giveUp(error);
      return;
    }
    listener.message(checked);
  }

  /** What this thread says cannot be relied on any more: it is as good as dead. */
  #giveUp(error: unknown): void {
    this.#unreadable ??= error;
    this.kill();
  }
}
