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

/** The streams to the parent. */
export interface ParentConnection {
  readonly input: Socket;
  readonly output: Socket;
}

export function connectToParent(): ParentConnection {
  // Ctrl-C reaches the whole process group. The parent decides what it means for its children.
  process.on("SIGINT", () => undefined);
  // Node tells of the parent's end on the IPC channel, however the parent ended.
  process.on("disconnect", () => process.exit());
  const input = new Socket({ fd: INPUT_FD, readable: true, writable: false });
  const output = new Socket({ fd: OUTPUT_FD, readable: false, writable: true });
  // The parent is gone, or going: there is nobody left to tell.
  for (const stream of [input, output]) stream.on("error", () => process.exit());
  return { input, output };
}
