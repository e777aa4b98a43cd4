/** For errors of cleaning up after another error, or after the caller has left: these are what counts. */
export function ignore(_error: unknown): void {}

/** Lets a promise be, whatever becomes of it. */
export function quietly(promise: Promise<unknown>): void {
  promise.then(ignore, ignore);
}
