import { Deadline } from "./deadline.ts";
import type { Ending } from "./deadline.ts";
import { Deferred } from "./deferred.ts";
import { TimeoutError } from "./errors.ts";
import { Fifo } from "./fifo.ts";
import type { Future } from "./future.ts";
import { abortedError, checkWaitOptions } from "./wait-options.ts";
import type { WaitLimits, WaitOptions } from "./wait-options.ts";
import { distinctFutures } from "./wait.ts";
import { addWaiter, removeWaiter } from "./waiter.ts";
import type { Waiter } from "./waiter.ts";

/**
 * The Futures, each once, as they are done: those that are done already first, then in the order in
 * which they finish. Cancelled ones too.
 *
 * The time counts from this call. When it is up, `next()` rejects and the iteration is over. The iterator
 * keeps no reference to what it has yielded. Leaving the loop early ends the waiting and leaves the calls
 * as they are.
 *
 * @throws TypeError when `futures` is not an iterable of Futures, or an option is of the wrong type
 * @throws RangeError when `timeout` is negative or NaN
 * @throws {@link TimeoutError} from `next()`, with the text `2 (of 4) futures unfinished`
 * @throws {@link CancelledError} from `next()`, when `signal` has aborted
 *
 * @example
 * ```ts
 * import { asCompleted, Future } from "@concurrent/futures";
 *
 * const slow = new Promise<string>((resolve) => setTimeout(resolve, 20, "slow"));
 * const futures = [Future.from(slow), Future.from(Promise.resolve("quick"))];
 * for await (const future of asCompleted(futures)) console.log(await future.result()); // quick, slow
 * ```
 */
export function asCompleted<F extends Future<unknown>>(
  futures: Iterable<F>,
  options?: WaitOptions,
): AsyncIterableIterator<F> {
  const limits = checkWaitOptions(options);
  return new AsCompleted(distinctFutures(futures), limits);
}

// Not a generator: that would queue `return()` behind a `next()` that may never come back.
class AsCompleted<F extends Future<unknown>> implements AsyncIterableIterator<F>, Waiter<F> {
  /** The Futures that are not done. Invariant: this waits for exactly these. */
  readonly #unfinished: Set<F>;
  /** Done, not yielded yet. Invariant: empty while there are requests. */
  readonly #ready = new Fifo<F>();
  /** Calls of `next()` that wait. Invariant: no more than there are unfinished Futures; with `#deadline` exactly while there are some. */
  readonly #requests = new Fifo<Deferred<IteratorResult<F>>>();
  #deadline: Deadline | undefined;
  /** The iteration was left, or ended with an error. */
  #over = false;
  readonly #total: number;
  readonly #endsAt: number;
  readonly #signal: AbortSignal | undefined;

  constructor(futures: Set<F>, { timeout, signal }: WaitLimits) {
    this.#total = futures.size;
    this.#endsAt = performance.now() + timeout;
    this.#signal = signal;
    this.#unfinished = futures;
    for (const future of futures) {
      if (addWaiter(future, this)) continue;
      futures.delete(future);
      this.#ready.push(future);
    }
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<F>> {
    if (this.#over) return Promise.resolve(finished());
    if (this.#signal?.aborted) return Promise.reject(this.#fail("abort"));
    const future = this.#ready.shift();
    if (future !== undefined) return Promise.resolve({ done: false, value: future });
    if (this.#unfinished.size <= this.#requests.size) return Promise.resolve(finished());
    const remaining = this.#endsAt - performance.now();
    if (remaining <= 0) return Promise.reject(this.#fail("timeout"));
    this.#deadline ??= new Deadline(remaining, this.#signal, (ending) => {
      const [first, ...others] = this.#requests.drain();
      first?.reject(this.#fail(ending));
      for (const request of others) request.resolve(finished());
    });
    const request = new Deferred<IteratorResult<F>>();
    this.#requests.push(request);
    return request.promise;
  }

  return(): Promise<IteratorResult<F>> {
    this.#stop();
    for (const request of this.#requests.drain()) request.resolve(finished());
    return Promise.resolve(finished());
  }

  futureDone(future: F): void {
    this.#unfinished.delete(future);
    const request = this.#requests.shift();
    if (request === undefined) {
      this.#ready.push(future);
      return;
    }
    if (this.#requests.size === 0) this.#clearDeadline();
    request.resolve({ done: false, value: future });
  }

  /** Ends the iteration. Gives the error that says why. */
  #fail(ending: Ending): Error {
    const unfinished = this.#unfinished.size;
    this.#stop();
    return ending === "abort"
      ? abortedError(this.#signal!)
      : new TimeoutError(`${unfinished} (of ${this.#total}) futures unfinished`);
  }

  #stop(): void {
    this.#over = true;
    this.#clearDeadline();
    this.#ready.drain();
    for (const future of this.#unfinished) removeWaiter(future, this);
    this.#unfinished.clear();
  }

  #clearDeadline(): void {
    this.#deadline?.clear();
    this.#deadline = undefined;
  }
}

function finished(): IteratorReturnResult<undefined> {
  return { done: true, value: undefined };
}
