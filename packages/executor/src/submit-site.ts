/*
 * Where a call was submitted, for the stack of an error that comes back from a worker. A stack costs
 * some microseconds to take: by default one is taken per function and turn of the event loop, and
 * its calls share it.
 */

/** When stacks are taken: once per function and turn, for every call, or not at all. */
export type SubmitStack = "auto" | "always" | "never";

/** A stack that is turned into text when somebody reads it. */
export class SubmitSite {
  declare readonly stack: string;

  constructor() {
    Error.captureStackTrace(this, SubmitSite);
  }

  /** The frames of the caller, without those of this library. */
  get frames(): string {
    return this.stack
      .split("\n")
      .filter((line) => line.startsWith("    at ") && !isOurs(line))
      .join("\n");
  }
}

const OWN_FOLDERS = [
  new URL(".", import.meta.url).href,
  // Where `@concurrent/futures` has been installed is not known from here; its file names are.
  "/futures/dist/",
  "/@concurrent/futures/",
];

function isOurs(line: string): boolean {
  return OWN_FOLDERS.some((folder) => line.includes(folder));
}

/** Takes the stacks for one pool. */
export class SubmitSites {
  readonly #mode: SubmitStack;
  // Invariant: holds the sites of this turn only.
  readonly #ofThisTurn = new Map<unknown, SubmitSite>();

  constructor(mode: SubmitStack) {
    this.#mode = mode;
  }

  /** The site of a call of `fn`, for the code that is running now. */
  capture(fn: unknown): SubmitSite | undefined {
    if (this.#mode === "never") return undefined;
    if (this.#mode === "always") return new SubmitSite();
    let site = this.#ofThisTurn.get(fn);
    if (site === undefined) {
      if (this.#ofThisTurn.size === 0) setImmediate(() => this.#ofThisTurn.clear()).unref();
      site = new SubmitSite();
      this.#ofThisTurn.set(fn, site);
    }
    return site;
  }
}
