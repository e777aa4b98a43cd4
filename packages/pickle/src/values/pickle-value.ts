import { SerializationError } from "@concurrent/futures/errors";
import { reduceError } from "../errors/reduce-error.ts";
import { isClean } from "./is-clean.ts";
import type { Target } from "./kinds.ts";
import { Reduced } from "./payload.ts";
import type { Policy } from "./policy.ts";
import { Reducer } from "./reducer.ts";

/** How a value is to be made ready. */
export interface PickleValueOptions {
  /** Whether an instance of a user's class is an error; otherwise it loses its class. @defaultValue true */
  readonly strict?: boolean | undefined;
  /** Whether the value goes to a thread or to a process, which cannot be sent all of the same. @defaultValue "thread" */
  readonly target?: Target | undefined;
  /** What will be moved instead of copied: views of these buffers are sent as they are. */
  readonly transfer?: readonly unknown[] | undefined;
}

/**
 * Makes a value ready for structured clone (`postMessage`, `v8.serialize`).
 *
 * The very same value when structured clone carries it whole, as it does plain data, arrays, Map,
 * Set, Date, RegExp and typed arrays. Otherwise a `Reduced`, whose `payload` is to be sent in place of
 * the value and given to {@link unpickleValue}. Buffer, URL and Error objects keep their class, and
 * small views do not take their whole ArrayBuffer along.
 *
 * Properties under symbols and those that are not enumerable are not sent. Accessors are read.
 *
 * @param root - What the value is called in an error: `argument[0]`, `result`.
 * @throws {@link SerializationError} when some part of the value cannot travel; the message gives the
 * path to it.
 *
 * @internal
 */
export function pickleValue(
  value: unknown,
  root: string,
  options: PickleValueOptions = {},
): unknown {
  try {
    return isClean(value) ? value : reduce(value, root, options);
  } catch (error) {
    if (error instanceof SerializationError) throw error;
    if (isStackOverflow(error)) {
      throw new SerializationError(`${root} is nested too deeply to be sent`, { cause: error });
    }
    // An accessor threw in the quick walk: the thorough one says where.
    return reduce(value, root, options);
  }
}

/**
 * Makes the arguments of a call ready for structured clone, in one go, so that what they share stays
 * shared. The same array when nothing had to be taken apart.
 *
 * @throws {@link SerializationError} as {@link pickleValue}; the paths begin with `argument[0]` …
 *
 * @internal
 */
export function pickleArguments(
  args: readonly unknown[],
  options: PickleValueOptions = {},
): readonly unknown[] | Reduced {
  return pickleValue(args, "argument", options) as readonly unknown[] | Reduced;
}

/** Whether the stack overflowed, which is how V8 says that recursion went too deep. */
export function isStackOverflow(error: unknown): boolean {
  return error instanceof RangeError && /call stack/.test(error.message);
}

function reduce(value: unknown, root: string, options: PickleValueOptions): unknown {
  const reducer = new Reducer(root, policyOf(options));
  const payload = reducer.reduce(value);
  return reducer.isChanged ? new Reduced(payload) : value;
}

function policyOf({ strict = true, target = "thread", transfer = [] }: PickleValueOptions): Policy {
  return {
    strict,
    target,
    transfer: new Set(transfer),
    reduceError,
    refuse(what, path, _value, cause) {
      throw new SerializationError(
        `${path()} ${what}`,
        cause === undefined ? undefined : { cause },
      );
    },
  };
}
