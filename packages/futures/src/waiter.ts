import { Deadline } from "./deadline.ts";
import type { Ending } from "./deadline.ts";
import { abortedError, timedOutError } from "./wait-options.ts";
import type { WaitLimits } from "./wait-options.ts";

/** Someone who waits for Futures, such as a call of `wait`. One waiter may wait for many. */
export interface Waiter<F> {
  /** `future` is done. Called once, before its done callbacks; must not throw. */
  futureDone(future: F): void;
}

/**
 * The side of a Future that those who wait for it see. Registered symbols, because the Future may come
 * from another copy of this package.
 */
interface Waitable {
  [ADD]: (waiter: Waiter<never>) => boolean;
  [REMOVE]: (waiter: Waiter<never>) => void;
  [FAILED]: () => boolean;
}

const ADD: unique symbol = Symbol.for("@concurrent/futures/addWaiter") as never;
const REMOVE: unique symbol = Symbol.for("@concurrent/futures/removeWaiter") as never;
const FAILED: unique symbol = Symbol.for("@concurrent/futures/failed") as never;

/** Tells `waiter` when `future` is done. False when it is done already, and then nothing was added. */
export function addWaiter(future: object, waiter: Waiter<never>): boolean {
  return (future as Waitable)[ADD](waiter);
}

/** The waiter is no longer told. */
export function removeWaiter(future: object, waiter: Waiter<never>): void {
  (future as Waitable)[REMOVE](waiter);
}

/** Whether `future` finished with an error. Asking does not count as looking at the error. */
export function hasFailed(future: object): boolean {
  return (future as Waitable)[FAILED]();
}

/** Makes the instances of a class waitable. */
export function makeWaitable<F extends object>(
  prototype: F,
  add: (future: F, waiter: Waiter<never>) => boolean,
  remove: (future: F, waiter: Waiter<never>) => void,
  failed: (future: F) => boolean,
): void {
  const method = (value: (this: F, waiter: Waiter<never>) => unknown): PropertyDescriptor => ({
    value,
  });
  Object.defineProperties(prototype, {
    [ADD]: method(function (waiter) {
      return add(this, waiter);
    }),
    [REMOVE]: method(function (waiter) {
      remove(this, waiter);
    }),
    [FAILED]: method(function () {
      return failed(this);
    }),
  });
}

/** Waits for one Future that is not done: `read` takes what is asked of it, or throws the error to reject with. */
export function waitForOne<F extends object, R>(
  future: F,
  read: (future: F) => R,
  { timeout, signal }: WaitLimits,
): Promise<R> {
  if (signal?.aborted) return Promise.reject(abortedError(signal));
  if (timeout === 0) return Promise.reject(timedOutError(timeout, "the call was not done"));
  return new Promise((resolve, reject) => {
    let deadline: Deadline | undefined;
    const waiter: Waiter<F> = {
      futureDone() {
        deadline?.clear();
        try {
          resolve(read(future));
        } catch (error) {
          reject(error);
        }
      },
    };
    addWaiter(future, waiter);
    if (timeout === Infinity && signal === undefined) return;
    deadline = new Deadline(timeout, signal, (ending: Ending) => {
      removeWaiter(future, waiter);
      reject(
        ending === "abort"
          ? abortedError(signal!)
          : timedOutError(timeout, "the call was not done"),
      );
    });
  });
}
