/*
 * Frames of this library, which say nothing to somebody who looks for the cause of an error.
 */

const OWN_FOLDERS = [
  new URL(".", import.meta.url).href,
  // Where `@concurrent/futures` has been installed is not known from here; its file names are.
  "/futures/dist/",
  "/@concurrent/futures/",
  // Each call of a worker runs in a context of its own.
  "at AsyncLocalStorage.run (node:async_hooks",
];

/** Whether a line of a stack is a frame of ours. */
export function isOwnFrame(line: string): boolean {
  return OWN_FOLDERS.some((folder) => line.includes(folder));
}

/** Takes our frames out of the stack of an error that comes from a worker, and of its causes. */
export function hideOwnFrames(error: unknown, seen: Set<unknown> = new Set()): void {
  if (!(error instanceof Error) || seen.has(error)) return;
  seen.add(error);
  if (typeof error.stack === "string") {
    setStack(
      error,
      error.stack
        .split("\n")
        .filter((line) => !isOwnFrame(line))
        .join("\n"),
    );
  }
  hideOwnFrames(error.cause, seen);
  if (error instanceof AggregateError) for (const one of error.errors) hideOwnFrames(one, seen);
}

/** Gives an error that this library makes the frames of the call that it is about. */
export function pointTo(error: unknown, frames: string): void {
  if (!(error instanceof Error) || frames === "") return;
  setStack(error, `${error.name}: ${error.message}\n${frames}`);
}

function setStack(error: Error, stack: string): void {
  Object.defineProperty(error, "stack", { value: stack, writable: true, configurable: true });
}
