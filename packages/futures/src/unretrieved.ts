import { brief } from "./describe.ts";
import { warn } from "./warn.ts";

/** The error of one failed Future that nobody has looked at. Holds the error, not the Future. */
export class UnretrievedError {
  readonly error: unknown;
  readonly #group: Set<UnretrievedError>;

  constructor(error: unknown, group: Set<UnretrievedError>) {
    this.error = error;
    this.#group = group;
    group.add(this);
  }

  /** Someone looked at the error: there is nothing to report any more. */
  retrieved(): void {
    this.#group.delete(this);
    collected?.unregister(this);
  }

  /** Warns, once. */
  report(): void {
    this.retrieved();
    warn(
      "ERR_FUTURES_UNRETRIEVED",
      `a Future failed and nobody looked at its error: ${brief(this.error)}`,
      this.error,
    );
  }
}

/** Tells of failed Futures that were collected. Made with the first failure. */
let collected: FinalizationRegistry<UnretrievedError> | undefined;

/**
 * The errors of failed Futures that nobody has looked at.
 *
 * An executor has one for its Futures and calls `report()` when it has shut down. A Future that is
 * collected earlier is reported then. Only failed Futures are noted, and weakly. (An error that refers
 * to its own Future keeps both until `report()`.)
 */
export class UnretrievedErrors {
  /** Invariant: what is in here has been neither looked at nor reported. */
  readonly #errors = new Set<UnretrievedError>();

  /** Notes that `future` failed with `error`. */
  add(future: object, error: unknown): UnretrievedError {
    const entry = new UnretrievedError(error, this.#errors);
    collected ??= new FinalizationRegistry((lost) => lost.report());
    collected.register(future, entry, entry);
    return entry;
  }

  /** Warns of each error that is still unseen, and forgets them. */
  report(): void {
    for (const entry of this.#errors) entry.report();
  }
}

/** For Futures whose owner has no group of its own. */
export const unowned: UnretrievedErrors = new UnretrievedErrors();
