import { PassThrough } from "node:stream";
import type { WriteStream } from "node:tty";
import { afterEach, expect, it, vi } from "vitest";
import { showProgress } from "../dist/scan/progress.js";

afterEach(() => {
  vi.useRealTimers();
});

const files = [
  { path: "large", size: 3_000_000, modified: 0 },
  { path: "small", size: 1_000_000, modified: 0 },
];

function makeStream(isTTY: boolean): { stream: WriteStream; text: () => string } {
  const stream = Object.assign(new PassThrough(), { isTTY, columns: 120 });
  const text = (): string => {
    // Node 26 gives one chunk at a time, earlier versions all of them.
    let all = "";
    for (let chunk = stream.read(); chunk !== null; chunk = stream.read()) all += String(chunk);
    return all;
  };
  return { stream: stream as unknown as WriteStream, text };
}

it("is a line for the first file, every two seconds, and at the end, where there is no terminal", () => {
  vi.useFakeTimers();
  const { stream, text } = makeStream(false);
  const progress = showProgress("threads", files, stream);
  expect(text()).toBe("");
  vi.advanceTimersByTime(1000);
  progress.advance(3_000_000);
  expect(text()).toBe("threads 1 of 2 files in 0:01, 3.0 MB/s, ETA 0:00\n");
  vi.advanceTimersByTime(1000);
  expect(text()).toBe("threads 1 of 2 files in 0:02, 1.5 MB/s, ETA 0:01\n");
  progress.advance(1_000_000);
  expect(text()).toBe("");
  progress.finish();
  expect(text()).toBe("threads 2 of 2 files in 0:02, 2.0 MB/s, ETA 0:00\n");
  expect(vi.getTimerCount()).toBe(0);
});

it("says nothing of the end before there is any pace", () => {
  vi.useFakeTimers();
  const { stream, text } = makeStream(false);
  const progress = showProgress("none", files, stream);
  vi.advanceTimersByTime(2000);
  expect(text()).toBe("none 0 of 2 files in 0:02, 0.0 MB/s, ETA -\n");
  progress.finish();
});

it("is a bar in a terminal", () => {
  const { stream, text } = makeStream(true);
  const progress = showProgress("threads", files, stream);
  progress.advance(3_000_000);
  progress.advance(1_000_000);
  progress.finish();
  expect(text()).toMatch(/threads \[=+\] 100%, 2 of 2 files in 0:0\d, [\d.]+ MB\/s, ETA 0:00/);
});
