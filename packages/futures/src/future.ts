import { brief } from "./describe.ts";
import { callNow, DoneCallback } from "./done-callback.ts";
import { CancelledError, InvalidStateError } from "./errors.ts";
import type { FutureOwner } from "./future-owner.ts";
import { futureText, inner, inspectCustom } from "./future-text.ts";
import type { CustomInspect } from "./future-text.ts";
import { unowned, UnretrievedError } from "./unretrieved.ts";
import { checkWaitOptions } from "./wait-options.ts";
import type { WaitOptions } from "./wait-options.ts";
import { hasFailed, makeWaitable, waitForOne } from "./waiter.ts";
import type { Waiter } from "./waiter.ts";

const PENDING = 0;
const RUNNING = 1;
const CANCELLED = 2;
const SUCCEEDED = 3;
const FAILED = 4;

/** The bits of the five states above. */
const STATUS = 7;
/** Set once anything that can show the error was used. */
const LOOKED = 8;

const FUTURE = Symbol.for("@concurrent/futures/Future");

/** Why a Future was cancelled, until somebody asks and the error is made. */
class Cancellation {
  readonly reason: unknown;

  constructor(reason: unknown) {
    this.reason = reason;
  }
}

/** `"cancelled"` and `"finished"` are final; a call that threw is `"finished"` too. */
export type FutureState = "pending" | "running" | "cancelled" | "finished";

/**
 * The outcome of a call that may not have happened yet.
 *
 * Executors make Futures; `Future.from` makes one of a promise. A Future settles exactly once. It is not
 * thenable, so that it can be returned, stored and iterated without being taken for its value:
 * `await future.result()`.
 *
 * When it is done, those who wait for it (`result`, `exception`, `wait`, `asCompleted`) are woken and go
 * on in a later microtask; then the done callbacks run, synchronously, in the order of their addition.
 *
 * An error that nobody ever looks at becomes an `ERR_FUTURES_UNRETRIEVED` warning when the Future is
 * collected or its executor has shut down; never an unhandled rejection.
 *
 * @example
 * ```ts
 * import { InlineExecutor } from "@concurrent/futures";
 *
 * await using executor = new InlineExecutor();
 * const future = executor.submit((x: number, y: number) => x ** y, 2, 8);
 * console.log(await future.result()); // 256
 * ```
 */
export class Future<T> {
  // Kept small, because a queue may hold millions: no promise, Set or Map before it is needed, and no
  // private methods, which would cost each Future a field.

  /** One of the five states, and LOOKED. */
  #bits: number = PENDING;
  /**
   * The value when SUCCEEDED, whatever was thrown when FAILED. When CANCELLED the CancelledError once
   * somebody has asked for it, and until then its Cancellation, or undefined if there is no reason.
   */
  #outcome: unknown;
  /** Until done the executor that answers for it. Then, of a failure nobody has looked at, what remembers to report it. */
  #owner: FutureOwner | UnretrievedError | undefined;
  /** Who is to be told when it is done; undefined from then on. A Set only from the second on. */
  #listeners: Listener | Set<Listener> | undefined;

  /**
   * For executors and tests: a pending Future. Callers get theirs from `submit`.
   *
   * @param owner - who is asked to cancel and abort; without one the Future itself decides
   */
  constructor(owner?: FutureOwner) {
    this.#owner = owner;
  }

  /** A running Future that takes the outcome of `promise`. It cannot be cancelled. */
  static from<T>(promise: PromiseLike<T>): Future<T> {
    const future = new Future<T>();
    future.#bits = RUNNING;
    // Whoever has the Future may have settled it meanwhile: then the promise comes too late.
    Promise.resolve(promise).then(
      (value) => future.done() || future.setResult(value),
      (error: unknown) => future.done() || future.setException(error),
    );
    return future;
  }

  static [Symbol.hasInstance](value: unknown): boolean {
    if (this !== Future) return Function.prototype[Symbol.hasInstance].call(this, value);
    return typeof value === "object" && value !== null && FUTURE in value;
  }

  /** Where the call is. `"finished"` says that it returned or threw. */
  get state(): FutureState {
    switch (this.#bits & STATUS) {
      case PENDING:
        return Future.#hasStarted(this) ? "running" : "pending";
      case RUNNING:
        return "running";
      case CANCELLED:
        return "cancelled";
      default:
        return "finished";
    }
  }

  /** Whether the call was cancelled. */
  cancelled(): boolean {
    return (this.#bits & STATUS) === CANCELLED;
  }

  /** Whether the call has started and is not done. */
  running(): boolean {
    return this.state === "running";
  }

  /** Whether the call returned, threw or was cancelled. */
  done(): boolean {
    return (this.#bits & STATUS) > RUNNING;
  }

  /**
   * Cancels the call if it has not started: it never will then.
   *
   * @returns true when the call is cancelled now or was before; false when it has started
   */
  cancel(): boolean {
    return Future.#cancel(this, undefined);
  }

  /**
   * Cancels the call, and stops it if it has started and its executor can stop it.
   *
   * Does not wait: a running call is done once its executor says so. Waiters get a `CancelledError` with
   * `reason` as `cause`.
   *
   * @returns false when the call is finished, or is running and cannot be stopped
   */
  abort(reason?: unknown): boolean {
    if (Future.#cancel(this, reason)) return true;
    const owner = this.#owner;
    return !this.done() && owner !== undefined && !(owner instanceof UnretrievedError)
      ? owner.abort(reason)
      : false;
  }

  /**
   * The value that the call returned. What the call threw is thrown here, the same object each time.
   *
   * A wait that ends early leaves the call as it is.
   *
   * @throws {@link CancelledError} when the call is cancelled, now or later, or when `signal` aborts
   * @throws {@link TimeoutError} when it is not done after `timeout` milliseconds
   */
  result(options?: WaitOptions): Promise<T> {
    return Future.#wait(this, Future.#readResult<T>, options);
  }

  /**
   * What the call threw, undefined if it returned.
   *
   * @throws {@link CancelledError} when the call is cancelled, now or later, or when `signal` aborts
   * @throws {@link TimeoutError} when it is not done after `timeout` milliseconds
   */
  exception(options?: WaitOptions): Promise<unknown> {
    return Future.#wait(this, Future.#readException, options);
  }

  /**
   * The value of a call that is done: `result` for done callbacks.
   *
   * @throws {@link InvalidStateError} when the call is not done
   * @throws {@link CancelledError} when it was cancelled
   */
  resultNow(): T {
    Future.#checkDone(this, "result");
    return Future.#readResult<T>(this);
  }

  /**
   * What a call that is done threw, undefined if it returned: `exception` for done callbacks.
   *
   * @throws {@link InvalidStateError} when the call is not done
   * @throws {@link CancelledError} when it was cancelled
   */
  exceptionNow(): unknown {
    Future.#checkDone(this, "error");
    return Future.#readException(this);
  }

  /**
   * Calls `fn` with this Future once it is done: at once, if it is done already.
   *
   * Callbacks run synchronously, in the order of their addition, in the `AsyncLocalStorage` context of
   * this call. One that throws, or returns a promise that rejects, becomes an `ERR_FUTURES_CALLBACK`
   * warning, and the others still run.
   *
   * @throws TypeError when `fn` is not a function
   */
  addDoneCallback(fn: (future: this) => unknown): void {
    if (typeof fn !== "function") {
      throw new TypeError(`a done callback must be a function, got ${brief(fn)}`);
    }
    Future.#look(this);
    if (this.done()) callNow(fn, this);
    else Future.#listen(this, new DoneCallback(fn));
  }

  /** {@link Future.addDoneCallback}, as Python spells it. */
  add_done_callback(fn: (future: this) => unknown): void {
    this.addDoneCallback(fn);
  }

  /** Forgets a done callback, every time that it was added. @returns how many times that was */
  removeDoneCallback(fn: (future: this) => unknown): number {
    const listeners = this.#listeners;
    const all =
      listeners instanceof Set ? [...listeners] : listeners === undefined ? [] : [listeners];
    const matches = all.filter((one) => one instanceof DoneCallback && one.fn === fn);
    for (const match of matches) Future.#unlisten(this, match);
    return matches.length;
  }

  /**
   * For executors and tests: the call starts, unless it was cancelled.
   *
   * @returns false when it was cancelled and must not run
   * @throws {@link InvalidStateError} when it is running or finished
   */
  setRunningOrNotifyCancel(): boolean {
    if (this.cancelled()) return false;
    if ((this.#bits & STATUS) !== PENDING) {
      throw new InvalidStateError(`cannot start a call that is ${this.state}: ${String(this)}`);
    }
    this.#bits |= RUNNING;
    return true;
  }

  /** For executors and tests: the call returned `value`. @throws {@link InvalidStateError} when it is done */
  setResult(value: T): void {
    Future.#settle(this, SUCCEEDED, value);
  }

  /**
   * For executors and tests: the call threw `error`, which may be any value.
   *
   * @throws {@link InvalidStateError} when it is done
   */
  setException(error: unknown): void {
    Future.#settle(this, FAILED, error);
  }

  /**
   * For executors and tests: the call was stopped, running or not. Its `CancelledError` has `reason` as
   * `cause`, unless that is undefined.
   *
   * @throws {@link InvalidStateError} when it is done
   */
  setCancelled(reason?: unknown): void {
    Future.#settle(this, CANCELLED, reason === undefined ? undefined : new Cancellation(reason));
  }

  /** `Future { finished: 42 }`: the state, and the outcome in a word. */
  toString(): string {
    return futureText(this, this.#outcome, brief);
  }

  get [Symbol.toStringTag](): string {
    return "Future";
  }

  static {
    makeWaitable<Future<unknown>>(
      Future.prototype,
      (future, waiter) => {
        if (future.done()) return false;
        Future.#listen(future, waiter);
        return true;
      },
      (future, waiter) => Future.#unlisten(future, waiter),
      (future) => (future.#bits & STATUS) === FAILED,
    );
    Object.defineProperties(Future.prototype, {
      [FUTURE]: { value: true },
      [inspectCustom]: {
        value(this: Future<unknown>, ...how: Parameters<CustomInspect>) {
          return futureText(this, this.#outcome, inner(...how));
        },
      },
    });
  }

  static #hasStarted(future: Future<unknown>): boolean {
    const owner = future.#owner;
    return owner !== undefined && !(owner instanceof UnretrievedError) && owner.hasStarted();
  }

  static #cancel(future: Future<unknown>, reason: unknown): boolean {
    const owner = future.#owner;
    if ((future.#bits & STATUS) !== PENDING || owner instanceof UnretrievedError) {
      return future.cancelled();
    }
    if (owner !== undefined && (owner.hasStarted() || !owner.cancel())) return false;
    // The owner may have settled it itself while it was asked.
    if (!future.done()) future.setCancelled(reason);
    return future.cancelled();
  }

  static #settle(future: Future<unknown>, status: number, outcome: unknown): void {
    if (future.done()) throw new InvalidStateError(`the call is already done: ${String(future)}`);
    const owner = future.#owner;
    const listeners = future.#listeners;
    future.#bits = (future.#bits & LOOKED) | status;
    future.#outcome = outcome;
    future.#owner = undefined;
    future.#listeners = undefined;
    if (status === FAILED && (future.#bits & LOOKED) === 0) {
      const group = owner instanceof UnretrievedError ? undefined : owner?.unretrieved;
      future.#owner = (group ?? unowned).add(future, outcome);
    }
    if (listeners !== undefined) notify(future, listeners);
  }

  static #look(future: Future<unknown>): void {
    future.#bits |= LOOKED;
    if (future.#owner instanceof UnretrievedError) {
      future.#owner.retrieved();
      future.#owner = undefined;
    }
  }

  static #checkDone(future: Future<unknown>, what: string): void {
    if (future.done()) return;
    throw new InvalidStateError(`the call has no ${what} yet: ${String(future)}`);
  }

  static #readResult<T>(this: void, future: Future<T>): T {
    Future.#look(future);
    if (future.cancelled()) throw Future.#cancelledError(future);
    if (hasFailed(future)) throw future.#outcome;
    return future.#outcome as T;
  }

  static #readException(this: void, future: Future<unknown>): unknown {
    Future.#look(future);
    if (future.cancelled()) throw Future.#cancelledError(future);
    return hasFailed(future) ? future.#outcome : undefined;
  }

  static #cancelledError(future: Future<unknown>): CancelledError {
    const outcome = future.#outcome;
    if (outcome instanceof CancelledError) return outcome;
    const error =
      outcome instanceof Cancellation
        ? new CancelledError(undefined, { cause: outcome.reason })
        : new CancelledError();
    future.#outcome = error;
    return error;
  }

  static #wait<T, R>(
    future: Future<T>,
    read: (future: Future<T>) => R,
    options: WaitOptions | undefined,
  ): Promise<R> {
    try {
      const limits = checkWaitOptions(options);
      Future.#look(future);
      if (!future.done() || limits.signal?.aborted) return waitForOne(future, read, limits);
      return Promise.resolve(read(future));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  static #listen(future: Future<unknown>, listener: Listener): void {
    const listeners = future.#listeners;
    if (listeners === undefined) future.#listeners = listener;
    else if (listeners instanceof Set) listeners.add(listener);
    else future.#listeners = new Set([listeners, listener]);
  }

  static #unlisten(future: Future<unknown>, listener: Listener): void {
    const listeners = future.#listeners;
    if (listeners instanceof Set) listeners.delete(listener);
    else if (listeners === listener) future.#listeners = undefined;
  }
}

/** Whoever is told when a Future is done. */
type Listener = Waiter<never> | DoneCallback;

function notify(future: Future<unknown>, listeners: Listener | Set<Listener>): void {
  const all = listeners instanceof Set ? listeners : [listeners];
  for (const one of all) if (!(one instanceof DoneCallback)) one.futureDone(future as never);
  for (const one of all) if (one instanceof DoneCallback) one.run(future);
}
