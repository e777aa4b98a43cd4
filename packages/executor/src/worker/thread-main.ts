import type { MessagePort } from "node:worker_threads";
import { SharedWorkerClaims } from "../wire/shared-claims.ts";
import type { PoolMessage } from "../wire/messages.ts";
import { RunLoop } from "./run-loop.ts";

/** What a thread is given when it starts. */
export interface ThreadSetup {
  readonly port: MessagePort;
  readonly claims: SharedArrayBuffer;
}

/**
 * Called once in a thread: connects it to its pool. The thread then lives by its port, until the
 * pool tells it to stop.
 */
export function connectThread({ port, claims }: ThreadSetup): void {
  const loop = new RunLoop(
    {
      target: "thread",
      send: (message) => port.postMessage(message),
      // In a thread this ends the thread alone. Unlike `terminate()` from outside it lets exit
      // handlers and native add-ons clean up.
      leave: (exitcode) => process.exit(exitcode),
    },
    new SharedWorkerClaims(claims),
  );
  port.on("message", (message: PoolMessage) => loop.receive(message));
  port.on("messageerror", (error) => loop.die(error));
}
