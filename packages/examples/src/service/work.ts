import { createHash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { currentTask } from "@concurrent/executor/task";

// What the workers run.

/** Milliseconds between two looks at whether the task is still wanted. */
const LOOK = 10;

/** SHA-256 of the body, hashed again and again: CPU work of any length. */
export async function stretch(body: Uint8Array, rounds: number): Promise<string> {
  const signal = currentTask()?.signal;
  let digest = createHash("sha256").update(body).digest();
  let lastLook = performance.now();
  for (let round = 1; round < rounds; round++) {
    digest = createHash("sha256").update(digest).digest();
    if (performance.now() - lastLook < LOOK) continue;
    await setImmediate(); // the message that the task is not wanted any more arrives here
    signal?.throwIfAborted();
    lastLook = performance.now();
  }
  return digest.toString("hex");
}

/** Ends the worker, as a bug in native code would. */
export function crash(): never {
  process.exit(70);
}
