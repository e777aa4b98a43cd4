import { writeSync } from "node:fs";
import { Socket } from "node:net";
import { Worker } from "node:worker_threads";

/*
 * What a child of this library does first, whatever it is for: it connects to its parent, dies with
 * it, and leaves Ctrl-C to it.
 */

/*
 * Descriptors that a child inherits beside its standard streams; 3 is Node's IPC channel. There is
 * a pipe for each direction: a write that fails because the other side is dying closes its stream,
 * and what the other side has sent before must still be read.
 */
export const INPUT_FD = 4;
export const OUTPUT_FD = 5;
export const EXTRA_FD = 6;
export const GUARD_FD = 7;

/** Sent on the IPC channel to a child that has to watch for its parent's end itself. */
export const GUARD_YOURSELF = "@concurrent/executor: guard yourself";

/** What comes from the parent. What goes there is written to `OUTPUT_FD`. */
export function connectToParent(): Socket {
  // Ctrl-C reaches the whole process group. The parent decides what it means for its children.
  process.on("SIGINT", () => undefined);
  // Node tells of the parent's end on the IPC channel, however the parent ended.
  process.on("disconnect", () => process.exit());
  process.once("message", (message) => {
    if (message === GUARD_YOURSELF) startGuardThread();
  });
  const input = new Socket({ fd: INPUT_FD, readable: true, writable: false });
  // The parent is gone, or going: there is nobody left to tell.
  input.on("error", () => process.exit());
  return input;
}

/** A thread that waits for the end of the pipe from the parent, also while this one is busy. */
function startGuardThread(): void {
  const program = `
    const { Socket } = require("node:net");
    new Socket({ fd: ${GUARD_FD} }).on("close", () => process.kill(process.pid, "SIGKILL")).resume();
  `;
  const limits = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 4 };
  const thread = new Worker(program, { eval: true, resourceLimits: limits });
  thread.on("error", (error) => {
    process.emitWarning(`nothing watches for the end of the parent any more: ${error.message}`);
  });
  thread.unref();
}

/**
 * Writes to the parent and waits until the kernel has taken it all: what has been written arrives,
 * even if this process ends now. A parent that does not read holds its children back, so that no
 * memory fills up.
 */
export function writeToParent(buffers: readonly Buffer[]): void {
  for (const buffer of buffers) {
    for (let written = 0; written < buffer.length;) {
      written += writeSync(OUTPUT_FD, buffer, written);
    }
  }
}
