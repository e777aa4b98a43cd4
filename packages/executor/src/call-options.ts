import type { ShutdownOptions, SubmitOptions } from "@concurrent/futures";
import { checkBoolean, checkDuration, checkKnown, checkString, MAX_DELAY } from "./checks.ts";

/**
 * Checks what pools know of `withOptions` beside what every executor does.
 *
 * @throws TypeError naming the option that is wrong
 */
export function checkTaskOptions({ name, snapshot, strict }: SubmitOptions): void {
  checkString("name", name);
  checkBoolean("snapshot", snapshot);
  checkBoolean("strict", strict);
}

/**
 * Checks the options of `shutdown`.
 *
 * @throws TypeError or RangeError naming the option that is wrong
 */
export function checkShutdownOptions(options: ShutdownOptions): ShutdownOptions {
  checkKnown("shutdown", options, ["wait", "cancelFutures", "timeout"]);
  const { wait, cancelFutures, timeout } = options;
  checkBoolean("wait", wait);
  checkBoolean("cancelFutures", cancelFutures);
  if (timeout === undefined || timeout === Infinity) return { wait, cancelFutures };
  return { wait, cancelFutures, timeout: checkDuration("timeout", timeout, MAX_DELAY) };
}
