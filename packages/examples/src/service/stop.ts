import { once } from "node:events";
import type { Server } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import type { Executor } from "@concurrent/futures";

/** Milliseconds for what still runs when the time is up, before it is killed. */
const LAST_CHANCE = 1_000;

/** Resolves at the first SIGTERM or SIGINT. The second one ends the program, as Node does by default. */
export function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    const onSignal = (signal: NodeJS.Signals): void => {
      process.off("SIGTERM", onSignal).off("SIGINT", onSignal);
      resolve(signal);
    };
    process.on("SIGTERM", onSignal).on("SIGINT", onSignal);
  });
}

/** Accepts nothing more, finishes what was accepted within `timeout` milliseconds, ends the workers. */
export async function stop(server: Server, pool: Executor, timeout: number): Promise<void> {
  const closed = once(server, "close");
  // No new connections; idle ones are closed. "close" comes when the last one has gone. The pool
  // still takes tasks: a request that was accepted may have more of its body to send.
  server.close();
  await Promise.race([closed, delay(timeout, undefined, { ref: false })]);
  // Nothing is left by now, or the time is up: then what waits is cancelled and what runs is killed.
  await pool.shutdown({ cancelFutures: true, timeout: LAST_CHANCE });
  // Their requests have been answered. Only clients are left that never sent all of their body.
  server.closeAllConnections();
  await closed;
}
