import { got } from "./describe.ts";
import type { ExecutorView, IterablesOf, TaskFunction } from "./executor-view.ts";
import type { Future } from "./future.ts";
import type { ItemOutcome } from "./map-feed.ts";
import { MapResult } from "./map-result.ts";
import type { AnyIterable } from "./row-source.ts";
import { checkMapOptions } from "./submit-options.ts";
import type { ShutdownOptions, SubmitOptions } from "./submit-options.ts";

// What a view may ask of its executor: protected members, which only the class itself can hand out.
let submitTo: <A extends unknown[], R>(
  executor: Executor,
  options: SubmitOptions,
  fn: (...args: A) => R,
  args: A,
) => Future<Awaited<R>>;
let runOn: <A extends unknown[], R>(
  executor: Executor,
  options: SubmitOptions,
  fn: (...args: A) => R,
  args: A,
) => Promise<Awaited<R>>;
let mapOn: <A extends unknown[], R>(
  executor: Executor,
  options: SubmitOptions,
  fn: (...args: A) => R,
  iterables: IterablesOf<A>,
) => MapResult<Awaited<R>>;

/**
 * Runs calls elsewhere: what every executor promises.
 *
 * After `shutdown` no call is accepted; those accepted before still run. Leaving an `await using` block
 * shuts down and waits, as Python's `with` does.
 *
 * A new kind of executor implements `schedule` and `shutdown`.
 *
 * @example
 * ```ts
 * import { Executor, Future } from "@concurrent/futures";
 *
 * class SoonExecutor extends Executor {
 *   protected schedule(fn: (...args: unknown[]) => unknown, args: unknown[]): Future<unknown> {
 *     return Future.from(Promise.resolve().then(() => fn(...args)));
 *   }
 *   async shutdown(): Promise<void> {}
 * }
 * const executor = new SoonExecutor();
 * console.log(await executor.map((x: number) => x * x, [1, 2, 3]).toArray()); // [ 1, 4, 9 ]
 * ```
 */
export abstract class Executor implements ExecutorView, AsyncDisposable {
  submit<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): Future<Awaited<R>> {
    return this.submitWith(noOptions, fn, args);
  }

  run<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): Promise<Awaited<R>> {
    return this.runWith(noOptions, fn, args);
  }

  map<A extends unknown[], R>(
    fn: (...args: A) => R,
    ...iterables: IterablesOf<A>
  ): MapResult<Awaited<R>> {
    return this.mapWith(noOptions, fn, iterables);
  }

  withOptions(options: SubmitOptions): ExecutorView {
    this.checkOptions(options);
    return new View(this, { ...options });
  }

  /**
   * Accepts no more calls, lets those accepted finish, and frees everything.
   *
   * May be called again: each call waits as it says.
   */
  abstract shutdown(options?: ShutdownOptions): Promise<void>;

  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown();
  }

  /** Accepts one call. Throws only when the executor is shut down or broken. `options` were checked. */
  protected abstract schedule(
    fn: TaskFunction,
    args: unknown[],
    options: SubmitOptions,
  ): Future<unknown>;

  /**
   * Accepts one call for several items of `map`; `rows` holds the arguments of each.
   *
   * The Future gives one outcome for each row, in order. If it fails, all its items fail with its error.
   *
   * @returns undefined when the executor has no such thing: `map` then submits each item by itself
   */
  protected scheduleChunk(
    _fn: TaskFunction,
    _rows: unknown[][],
    _options: SubmitOptions,
  ): Future<ItemOutcome[]> | undefined {
    return undefined;
  }

  /** The options that this executor knows, for `checkOptions`. */
  protected knownOptions(): readonly (keyof SubmitOptions)[] {
    return ["chunksize", "buffersize"];
  }

  /**
   * Checks the options given to `withOptions`. This one knows the names in `knownOptions` and the values
   * of `chunksize` and `buffersize`; who knows more checks more.
   *
   * @throws TypeError for an option that this executor does not know, naming those that it knows
   */
  protected checkOptions(options: SubmitOptions): void {
    if (typeof options !== "object" || options === null) {
      throw new TypeError(`options must be an object, ${got(options)}`);
    }
    const known = this.knownOptions();
    for (const [name, value] of Object.entries(options)) {
      if (value === undefined || (known as readonly string[]).includes(name)) continue;
      throw new TypeError(
        `${this.constructor.name} does not know the option \`${name}\`; it knows ${known.join(", ")}`,
      );
    }
    checkMapOptions(options);
  }

  /** How many items `map` reads ahead of an asynchronous iterable, unless `buffersize` says: 4 for each worker. */
  protected defaultReadAhead(): number {
    return 4;
  }

  /** `submit` with the options of a view. */
  protected submitWith<A extends unknown[], R>(
    options: SubmitOptions,
    fn: (...args: A) => R,
    args: A,
  ): Future<Awaited<R>> {
    checkFunction(fn);
    return this.schedule(fn as unknown as TaskFunction, args, options) as Future<Awaited<R>>;
  }

  /** `run` with the options of a view. */
  protected runWith<A extends unknown[], R>(
    options: SubmitOptions,
    fn: (...args: A) => R,
    args: A,
  ): Promise<Awaited<R>> {
    try {
      return this.submitWith(options, fn, args).result();
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** `map` with the options of a view. */
  protected mapWith<A extends unknown[], R>(
    options: SubmitOptions,
    fn: (...args: A) => R,
    iterables: IterablesOf<A>,
  ): MapResult<Awaited<R>> {
    checkFunction(fn);
    const task = fn as unknown as TaskFunction;
    return new MapResult(iterables as readonly AnyIterable<unknown>[], {
      schedule: (args) => this.schedule(task, args, options),
      scheduleChunk: (rows) => this.scheduleChunk(task, rows, options),
      chunksize: options.chunksize,
      buffersize: options.buffersize,
      readAhead: this.defaultReadAhead(),
    });
  }

  static {
    submitTo = (executor, options, fn, args) => executor.submitWith(options, fn, args);
    runOn = (executor, options, fn, args) => executor.runWith(options, fn, args);
    mapOn = (executor, options, fn, iterables) => executor.mapWith(options, fn, iterables);
  }
}

const noOptions: SubmitOptions = Object.freeze({});

function checkFunction(fn: unknown): void {
  if (typeof fn !== "function") throw new TypeError(`\`fn\` must be a function, ${got(fn)}`);
}

class View implements ExecutorView {
  readonly #executor: Executor;
  readonly #options: SubmitOptions;

  constructor(executor: Executor, options: SubmitOptions) {
    this.#executor = executor;
    this.#options = options;
  }

  submit<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): Future<Awaited<R>> {
    return submitTo(this.#executor, this.#options, fn, args);
  }

  run<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): Promise<Awaited<R>> {
    return runOn(this.#executor, this.#options, fn, args);
  }

  map<A extends unknown[], R>(
    fn: (...args: A) => R,
    ...iterables: IterablesOf<A>
  ): MapResult<Awaited<R>> {
    return mapOn(this.#executor, this.#options, fn, iterables);
  }

  withOptions(options: SubmitOptions): ExecutorView {
    return this.#executor.withOptions({ ...this.#options, ...options });
  }
}
