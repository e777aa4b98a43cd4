import { createHash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { currentTask } from "@concurrent/executor/task";

/** SHA-256, again and again. Stops soon after it was told to. */
export async function stretch(secret: string, rounds: number): Promise<string> {
  const signal = currentTask()?.signal;
  let digest = secret;
  for (let round = 0; round < rounds; round++) {
    digest = createHash("sha256").update(digest).digest("hex");
    if (round % 1_000 !== 0) continue;
    await setImmediate(); // only here can the worker hear that the task is to stop
    signal?.throwIfAborted();
  }
  return digest;
}

/** Never looks up from its work. */
export function spin(): never {
  for (;;);
}

/** The number of the worker that runs it. */
export function whoAmI(): number | undefined {
  return currentTask()?.workerId;
}
