import type { LateErrorMessage } from "../wire/messages.ts";
import { readError } from "../wire/outcome.ts";
import { describeWorker } from "./lost.ts";
import type { Seat } from "./seat.ts";

/**
 * An error has escaped what a task left behind: a promise that nobody awaits, a timer. Its Future is
 * settled, and the task that is running now has nothing to do with it. Gives the error.
 */
export function warnOfLateError(seat: Seat, { task, error }: LateErrorMessage): unknown {
  const worker = describeWorker(seat);
  const late = readError(error, { worker, task });
  const from = task === undefined ? "code outside tasks" : `task "${task}" after its end`;
  const detail = late instanceof Error ? late.stack : undefined;
  process.emitWarning(`an error escaped from ${from} in ${worker}: ${String(late)}`, {
    code: "ERR_EXECUTOR_LATE_ERROR",
    ...(detail !== undefined && { detail }),
  });
  return late;
}
