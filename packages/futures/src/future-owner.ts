import type { UnretrievedErrors } from "./unretrieved.ts";

/** What a Future asks of the executor that made it. */
export interface FutureOwner {
  /** A pending Future is being cancelled; false when it is too late because it has started. */
  cancel(): boolean;
  /** A running Future was asked to stop; true when the executor will stop it. `reason` is as given to `abort`. */
  abort(reason: unknown): boolean;
  /**
   * Whether the call has started. `state`, `running()` and `cancel()` ask while the Future itself still
   * says pending, so that an executor need not report each start.
   */
  hasStarted(): boolean;
  /** Where a failure that nobody looks at is noted. @defaultValue one group for the whole program */
  readonly unretrieved?: UnretrievedErrors | undefined;
}
