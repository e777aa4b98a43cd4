import type { ShutdownOptions, SubmitOptions } from "@concurrent/futures";
import {
  checkBoolean,
  checkDuration,
  checkKnown,
  checkLimit,
  checkSignal,
  checkString,
} from "./checks.ts";

/**
 * Checks what pools know of `withOptions` beside what every executor does.
 *
 * @throws TypeError naming the option that is wrong
 */
export function checkTaskOptions(options: SubmitOptions): void {
  const { name, snapshot, strict, timeout, queueTimeout, signal } = options;
  checkString("name", name);
  if (timeout !== undefined) checkLimit("timeout", timeout);
  if (queueTimeout !== undefined) checkLimit("queueTimeout", queueTimeout);
  checkSignal(signal);
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
  if (timeout !== undefined) checkDuration("timeout", timeout);
  return options;
}
