import { connectToParent, EXTRA_FD, writeToParent } from "../launch/child-side.ts";
import { FileWorkerClaims } from "../wire/file-claims.ts";
import { encodeFrame } from "../wire/frame.ts";
import { FrameReader } from "../wire/frame-reader.ts";
import type { PoolMessage } from "../wire/messages.ts";
import { RunLoop } from "./run-loop.ts";

// The module that a child of a process pool runs.

const input = connectToParent();
const loop = new RunLoop(
  {
    target: "process",
    send: (message) => writeToParent(encodeFrame(message)),
    leave: (exitcode) => process.exit(exitcode),
  },
  new FileWorkerClaims(EXTRA_FD),
);
const reader = new FrameReader((message) => loop.receive(message as PoolMessage));
input.on("data", (bytes: Buffer) => {
  try {
    reader.push(bytes);
  } catch (error) {
    loop.die(error);
  }
});
