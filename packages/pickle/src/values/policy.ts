import type { Target } from "./kinds.ts";
import type { ErrorPart } from "./payload.ts";
import type { Reducer } from "./reducer.ts";

/** What to do with what cannot travel as it is. */
export interface Policy {
  /** Whether instances of users' classes are refused; otherwise they are sent as plain data. */
  readonly strict: boolean;
  readonly target: Target;
  /** Buffers that will be moved, not copied: their views stay as they are. */
  readonly transfer: ReadonlySet<unknown>;
  /** Gives what to send instead of something that cannot travel, or throws. */
  refuse(what: string, path: () => string, value: unknown, cause?: unknown): unknown;
  /** Takes an error apart. */
  reduceError(error: object, reducer: Reducer): ErrorPart;
}
