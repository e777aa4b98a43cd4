/*
 * Where a call was submitted, for the stack of an error that comes back from a worker. A stack costs
 * some microseconds to take: by default one is taken per function for all calls that are submitted
 * without an `await` between them.
 */

import { isOwnFrame } from "./own-frames.ts";

/** When stacks are taken: once per function and burst of calls, for every call, or not at all. */
export type SubmitStack = "auto" | "always" | "never";

/** Frames of ours that may lie between the caller and here; `map` takes most. */
const OWN_FRAMES = 16;

/** A stack that is turned into text when somebody reads it. */
export class SubmitSite {
  declare readonly stack: string;
  readonly #limit = Error.stackTraceLimit;

  constructor() {
    Error.stackTraceLimit = this.#limit + OWN_FRAMES;
    Error.captureStackTrace(this, SubmitSite);
    Error.stackTraceLimit = this.#limit;
  }

  /** The frames of the caller, without those of this library. */
  get frames(): string {
    const frames = this.stack.split("\n").filter((line) => line.startsWith("    at "));
    return frames
      .filter((line) => !isOwnFrame(line))
      .slice(0, this.#limit)
      .join("\n");
  }
}

/** Takes the stacks for one pool. */
export class SubmitSites {
  readonly #mode: SubmitStack;
  // Invariant: holds the sites of the calls since the last microtask only.
  readonly #ofThisBurst = new Map<unknown, SubmitSite>();

  constructor(mode: SubmitStack) {
    this.#mode = mode;
  }

  /** The site of a call of `fn`, for the code that is running now. */
  capture(fn: unknown): SubmitSite | undefined {
    if (this.#mode === "never") return undefined;
    if (this.#mode === "always") return new SubmitSite();
    let site = this.#ofThisBurst.get(fn);
    if (site === undefined) {
      if (this.#ofThisBurst.size === 0) queueMicrotask(() => this.#ofThisBurst.clear());
      site = new SubmitSite();
      this.#ofThisBurst.set(fn, site);
    }
    return site;
  }
}
