import { setTimeout as sleep } from "node:timers/promises";

/** Returns at once, and leaves behind a timer that throws. */
export function leaveBehind(): string {
  setTimeout(() => {
    throw new Error("too late");
  }, 1);
  return "done";
}

/** Is running by then. */
export async function workOn(): Promise<string> {
  await sleep(100);
  return "unharmed";
}
