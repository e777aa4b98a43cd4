import type { Future } from "./future.ts";
import type { MapResult } from "./map-result.ts";
import type { AnyIterable } from "./row-source.ts";
import type { SubmitOptions } from "./submit-options.ts";

/** A function as an executor sees it. */
export type TaskFunction = (...args: unknown[]) => unknown;

/** For each parameter of a function an iterable of its values. */
export type IterablesOf<A extends unknown[]> = { [K in keyof A]: AnyIterable<A[K]> };

/** What takes calls: an executor, or a view of one with options of its own. */
export interface ExecutorView {
  /**
   * Calls `fn(...args)` elsewhere, and gives the Future of what it returns. Never waits.
   *
   * A promise that `fn` returns is awaited there. Whatever goes wrong with the call settles the Future.
   *
   * @throws TypeError when `fn` is not a function
   * @throws {@link ExecutorShutdownError} after `shutdown`
   * @throws {@link BrokenExecutorError} when the executor can run nothing any more
   */
  submit<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): Future<Awaited<R>>;

  /** `submit(fn, ...args).result()`, for those who want the value only. Never throws: it rejects. */
  run<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): Promise<Awaited<R>>;

  /**
   * Calls `fn` with the first items of all iterables, with the second ones, and so on until the shortest
   * ends. Gives the results in the order of the items.
   *
   * Synchronous iterables are read, and all calls submitted, before this returns, unless `buffersize`
   * limits it. If one is asynchronous, reading starts now and stays `buffersize` items ahead.
   *
   * @throws TypeError when `fn` is not a function, or an iterable is none
   * @throws {@link ExecutorShutdownError} after `shutdown`
   * @throws {@link BrokenExecutorError} when the executor can run nothing any more
   */
  map<A extends unknown[], R>(
    fn: (...args: A) => R,
    ...iterables: IterablesOf<A>
  ): MapResult<Awaited<R>>;

  /**
   * A view on the same executor whose calls have these options. Views of views merge, the later wins.
   *
   * @throws TypeError for an option that the executor does not know, or a value of the wrong type
   * @throws RangeError for a value out of range
   */
  withOptions(options: SubmitOptions): ExecutorView;
}
