import { Deadline } from "./deadline.ts";
import type { Ending } from "./deadline.ts";
import { TimeoutError } from "./errors.ts";
import { Future } from "./future.ts";
import type { FutureOwner } from "./future-owner.ts";
import type { SubmitOptions } from "./submit-options.ts";
import type { UnretrievedErrors } from "./unretrieved.ts";

/** One call accepted by an {@link InlineExecutor}. */
export class InlineTask implements FutureOwner {
  readonly future: Future<unknown> = new Future(this);
  readonly unretrieved: UnretrievedErrors;
  readonly #call: () => Promise<unknown>;
  readonly #options: SubmitOptions;
  #started = false;
  /** Invariant: limits the wait for the start, then the run; nothing once the Future is done. */
  #deadline: Deadline | undefined;

  constructor(call: () => Promise<unknown>, options: SubmitOptions, group: UnretrievedErrors) {
    this.#call = call;
    this.#options = options;
    this.unretrieved = group;
    if (options.signal?.aborted) this.future.abort(options.signal.reason);
    else this.#limit(options.queueTimeout, "start");
  }

  /** Calls the function, unless the Future is done already. Resolves when the function is done, never rejects. */
  async run(): Promise<void> {
    if (this.future.done()) return;
    this.#started = true;
    this.#limit(this.#options.timeout, "finish");
    try {
      const value = await this.#call();
      if (!this.future.done()) this.future.setResult(value);
    } catch (error) {
      if (!this.future.done()) this.future.setException(error);
    } finally {
      this.#deadline?.clear();
    }
  }

  /** Settles the Future, unless it is done, without having called the function. */
  fail(error: unknown): void {
    this.#deadline?.clear();
    if (!this.future.done()) this.future.setException(error);
  }

  hasStarted(): boolean {
    return this.#started;
  }

  cancel(): boolean {
    this.#deadline?.clear();
    return true;
  }

  abort(reason: unknown): boolean {
    this.#deadline?.clear();
    this.future.setCancelled(reason);
    return true;
  }

  /** Settles the Future if it does not start, or finish, in time, or when the signal aborts. */
  #limit(timeout: number = Infinity, step: "start" | "finish"): void {
    const { signal } = this.#options;
    this.#deadline?.clear();
    if (timeout === Infinity && signal === undefined) return;
    this.#deadline = new Deadline(timeout, signal, (ending: Ending) => {
      if (ending === "abort") this.future.abort(signal!.reason);
      else this.future.setException(new TimeoutError(`did not ${step} within ${timeout} ms`));
    });
  }
}
