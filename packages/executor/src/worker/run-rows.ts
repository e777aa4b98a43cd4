import type { PickleValueOptions } from "@concurrent/pickle/worker";
import { decodeArguments, REFUSED, type RowEncoding } from "../wire/arguments.ts";
import { ERROR } from "../wire/messages.ts";
import { pushError, pushValue } from "../wire/outcome.ts";
import type { TaskFunction } from "./functions.ts";

/**
 * Calls a function for each row of a chunk, one after the other. Gives their outcomes, two entries
 * per row.
 */
export async function runRows(
  fn: TaskFunction,
  rows: readonly unknown[],
  options: PickleValueOptions,
): Promise<unknown[]> {
  const outcomes: unknown[] = [];
  for (let i = 0; i < rows.length; i += 2) {
    const encoding = rows[i] as RowEncoding;
    if (encoding === REFUSED) {
      outcomes.push(ERROR, rows[i + 1]);
      continue;
    }
    try {
      const result = fn(...decodeArguments(encoding, rows[i + 1]));
      pushValue(outcomes, isThenable(result) ? await result : result, options);
    } catch (error) {
      pushError(outcomes, error);
    }
  }
  return outcomes;
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === "object" &&
    value !== null &&
    typeof (value as { then?: unknown }).then === "function"
  );
}
