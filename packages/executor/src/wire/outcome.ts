import type { ItemOutcome } from "@concurrent/futures";
import {
  isClean,
  isReduced,
  pickleError,
  pickleValue,
  unpickleError,
  unpickleValue,
  type ErrorContext,
  type PickledError,
  type PickleValueOptions,
} from "@concurrent/pickle/worker";
import { hideOwnFrames } from "../own-frames.ts";
import {
  ERROR,
  REDUCED_VALUE,
  ROW_OUTCOMES,
  SKIPPED,
  VALUE,
  type OutcomeKind,
} from "./messages.ts";
import { PACKED, unpack } from "./packed.ts";
import { ProtocolError } from "./protocol-error.ts";

/*
 * Outcomes in flat arrays: a kind and a value, one after the other. The same for a call, and for each
 * row of a chunk.
 */

/**
 * Writes what a function returned. A value that cannot travel is an error, which can.
 *
 * @returns whether `v8.serialize` carries it as well as structured clone between threads
 */
export function pushValue(
  entries: unknown[],
  value: unknown,
  options: PickleValueOptions,
): boolean {
  if (isClean(value)) {
    entries.push(VALUE, value);
    return true;
  }
  try {
    const pickled = pickleValue(value, "result", options);
    if (isReduced(pickled)) entries.push(REDUCED_VALUE, pickled.payload);
    else entries.push(VALUE, pickled);
    return options.target === "process";
  } catch (error) {
    return pushError(entries, error);
  }
}

/** Writes what a function threw. */
export function pushError(entries: unknown[], error: unknown): true {
  entries.push(ERROR, pickleError(error));
  return true;
}

/** Reads an outcome. A value that cannot be revived is an error. */
export function readOutcome(kind: number, value: unknown, origin: ErrorContext): ItemOutcome {
  try {
    if ((kind & PACKED) !== 0) return readOutcome(kind & ~PACKED, unpack(value as Buffer), origin);
    switch (kind as OutcomeKind) {
      case VALUE:
        return { ok: true, value };
      case REDUCED_VALUE:
        return { ok: true, value: unpickleValue(value) };
      case ROW_OUTCOMES:
        return { ok: true, value: readRowOutcomes(value as unknown[], origin) };
      case ERROR:
        return { ok: false, error: readError(value as PickledError, origin) };
      case SKIPPED:
        break;
    }
    throw new ProtocolError(`${kind} is no kind of outcome`);
  } catch (error) {
    return { ok: false, error };
  }
}

/** An error of a worker, with a stack that leads from where it was thrown to where it was submitted. */
export function readError(pickled: PickledError, origin: ErrorContext): unknown {
  try {
    const error = unpickleError(pickled, origin);
    hideOwnFrames(error);
    return error;
  } catch (cause) {
    // What says that it is an error may be anything.
    return new ProtocolError("a worker has sent an error that cannot be read", { cause });
  }
}

function readRowOutcomes(entries: readonly unknown[], origin: ErrorContext): ItemOutcome[] {
  const outcomes: ItemOutcome[] = [];
  for (let i = 0; i < entries.length; i += 2) {
    outcomes.push(readOutcome(entries[i] as OutcomeKind, entries[i + 1], origin));
  }
  return outcomes;
}
