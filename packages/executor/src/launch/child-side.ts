import { writeSync } from "node:fs";
import { Socket } from "node:net";

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

/** What comes from the parent. What goes there is written to `OUTPUT_FD`. */
export function connectToParent(): Socket {
  // Ctrl-C reaches the whole process group. The parent decides what it means for its children.
  process.on("SIGINT", () => undefined);
  // Node tells of the parent's end on the IPC channel, however the parent ended.
  process.on("disconnect", () => process.exit());
  const input = new Socket({ fd: INPUT_FD, readable: true, writable: false });
  // The parent is gone, or going: there is nobody left to tell.
  input.on("error", () => process.exit());
  return input;
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
