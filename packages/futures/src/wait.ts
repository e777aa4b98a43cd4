import { Deadline } from "./deadline.ts";
import { brief, got } from "./describe.ts";
import { Future } from "./future.ts";
import { abortedError, checkWaitOptions } from "./wait-options.ts";
import type { WaitLimits, WaitOptions } from "./wait-options.ts";
import { addWaiter, hasFailed, removeWaiter } from "./waiter.ts";
import type { Waiter } from "./waiter.ts";

/** `wait` returns as soon as one Future is done. */
export const FIRST_COMPLETED = "FIRST_COMPLETED";
/** `wait` returns as soon as one Future failed, else when all are done. A cancelled one has not failed. */
export const FIRST_EXCEPTION = "FIRST_EXCEPTION";
/** `wait` returns when all Futures are done. */
export const ALL_COMPLETED = "ALL_COMPLETED";

/** What `wait` waits for. */
export type ReturnWhen = typeof FIRST_COMPLETED | typeof FIRST_EXCEPTION | typeof ALL_COMPLETED;

/** How long `wait` waits, and for what. */
export interface WaitManyOptions extends WaitOptions {
  /** @defaultValue ALL_COMPLETED */
  readonly returnWhen?: ReturnWhen | undefined;
}

/** The Futures given to `wait`, each in one of the two. */
export interface WaitResult<F> {
  readonly done: Set<F>;
  readonly notDone: Set<F>;
}

/**
 * Waits until one, or all, of several Futures are done.
 *
 * Cancelled Futures count as done. A Future given twice counts once. Running out of time is no error:
 * the rest is in `notDone`. Futures of different executors may be mixed. Does not look at errors.
 *
 * @throws {@link CancelledError} when `signal` aborts
 *
 * @example
 * ```ts
 * import { FIRST_COMPLETED, Future, wait } from "@concurrent/futures";
 *
 * const quick = Future.from(Promise.resolve("quick"));
 * const never = new Future<string>();
 * const { done, notDone } = await wait([quick, never], { returnWhen: FIRST_COMPLETED });
 * console.log(done.has(quick), notDone.has(never)); // true true
 * ```
 */
export async function wait<F extends Future<unknown>>(
  futures: Iterable<F>,
  options?: WaitManyOptions,
): Promise<WaitResult<F>> {
  const limits = checkWaitOptions(options);
  const returnWhen = checkReturnWhen(options?.returnWhen);
  const all = distinctFutures(futures);
  if (limits.signal?.aborted) throw abortedError(limits.signal);
  const missing = countMissing(all, returnWhen);
  if (missing > 0 && limits.timeout > 0) await waitForMany(all, missing, returnWhen, limits);
  const done = new Set<F>();
  const notDone = new Set<F>();
  for (const future of all) (future.done() ? done : notDone).add(future);
  return { done, notDone };
}

/** Collects the Futures of an iterable, each once, in order. */
export function distinctFutures<F extends Future<unknown>>(futures: Iterable<F>): Set<F> {
  if (typeof futures?.[Symbol.iterator] !== "function") {
    throw new TypeError(`\`futures\` must be an iterable of Futures, ${got(futures)}`);
  }
  const all = new Set<F>();
  let index = 0;
  for (const future of futures) {
    if (!(future instanceof Future)) {
      throw new TypeError(`\`futures[${index}]\` must be a Future, ${got(future)}`);
    }
    all.add(future);
    index++;
  }
  return all;
}

function checkReturnWhen(returnWhen: unknown): ReturnWhen {
  switch (returnWhen) {
    case undefined:
      return ALL_COMPLETED;
    case FIRST_COMPLETED:
    case FIRST_EXCEPTION:
    case ALL_COMPLETED:
      return returnWhen;
    default:
      throw new RangeError(
        `\`returnWhen\` must be FIRST_COMPLETED, FIRST_EXCEPTION or ALL_COMPLETED, got ${brief(returnWhen)}`,
      );
  }
}

/** How many more Futures have to be done, as far as is known at the start; 0 when there is nothing to wait for. */
function countMissing(all: ReadonlySet<Future<unknown>>, returnWhen: ReturnWhen): number {
  let missing = 0;
  for (const future of all) {
    if (!future.done()) missing++;
    else if (
      returnWhen === FIRST_COMPLETED ||
      (returnWhen === FIRST_EXCEPTION && hasFailed(future))
    ) {
      return 0;
    }
  }
  return returnWhen === FIRST_COMPLETED ? Math.min(missing, 1) : missing;
}

/** Resolves when `missing` Futures are done, one failed if that was asked for, or time is up. */
function waitForMany(
  all: ReadonlySet<Future<unknown>>,
  missing: number,
  returnWhen: ReturnWhen,
  { timeout, signal }: WaitLimits,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      deadline.clear();
      for (const future of all) removeWaiter(future, waiter);
    };
    const waiter: Waiter<Future<unknown>> = {
      futureDone(future) {
        missing--;
        if (missing > 0 && !(returnWhen === FIRST_EXCEPTION && hasFailed(future))) return;
        stop();
        resolve();
      },
    };
    const deadline = new Deadline(timeout, signal, (ending) => {
      stop();
      if (ending === "abort") reject(abortedError(signal!));
      else resolve();
    });
    for (const future of all) addWaiter(future, waiter);
  });
}
