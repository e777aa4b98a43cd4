import { connectToParent, EXTRA_FD } from "../launch/child-side.ts";
import { FileWorkerClaims } from "../wire/file-claims.ts";
import { encodeFrame, writeFrame } from "../wire/frame.ts";
import { FrameReader } from "../wire/frame-reader.ts";
import type { PoolMessage } from "../wire/messages.ts";
import { RunLoop } from "./run-loop.ts";

// The module that a child of a process pool runs.

const { input, output } = connectToParent();
const loop = new RunLoop(
  {
    target: "process",
    send: (message) => writeFrame(output, encodeFrame(message)),
    // What has been written leaves first: `process.exit` drops what the kernel has not taken.
    leave: () => void output.end(() => process.exit(0)),
  },
  new FileWorkerClaims(EXTRA_FD),
);
const reader = new FrameReader((message) => loop.receive(message as PoolMessage));
input.on("data", (bytes: Buffer) => reader.push(bytes));
