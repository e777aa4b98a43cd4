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

/** Takes our frames out of the stack of an error that comes from a worker. */
export function hideOwnFrames(error: unknown): void {
  if (!(error instanceof Error) || typeof error.stack !== "string") return;
  const lines = error.stack.split("\n");
  const stack = lines.filter((line) => !isOwnFrame(line)).join("\n");
  Object.defineProperty(error, "stack", { value: stack, writable: true, configurable: true });
}
