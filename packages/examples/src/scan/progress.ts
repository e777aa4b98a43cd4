import type { WriteStream } from "node:tty";
import { SingleBar } from "cli-progress";
import { formatCount, formatClock, megabytesPerSecond } from "./format.ts";
import type { FoundFile } from "./list-files.ts";

/** Shows how far a run is. */
export interface Progress {
  /** A file of so many bytes is done. */
  advance(bytes: number): void;
  /** The run has ended, one way or the other. */
  finish(): void;
}

/** Milliseconds between two lines where there is no terminal. */
const LINE_INTERVAL = 2000;

/** A bar where `stream` is a terminal, a line every two seconds elsewhere. */
export function showProgress(
  label: string,
  files: readonly FoundFile[],
  stream: WriteStream,
): Progress {
  const pace = new Pace(files);
  return stream.isTTY ? new Bar(label, pace, stream) : new Lines(label, pace, stream);
}

/** How much is done, how fast, and how long it will take. */
class Pace {
  readonly #start = performance.now();
  readonly totalFiles: number;
  readonly totalBytes: number;
  files = 0;
  bytes = 0;

  constructor(files: readonly FoundFile[]) {
    this.totalFiles = files.length;
    this.totalBytes = files.reduce((bytes, { size }) => bytes + size, 0);
  }

  advance(bytes: number): void {
    this.files++;
    this.bytes += bytes;
  }

  /** `812 of 6,507 files in 0:12, 21.3 MB/s, ETA 0:07` */
  toString(): string {
    const elapsed = performance.now() - this.#start;
    const rate = megabytesPerSecond(this.bytes, elapsed).toFixed(1);
    // By bytes: the time a file takes goes with its size.
    const left = formatClock((elapsed / this.bytes) * (this.totalBytes - this.bytes));
    const files = `${formatCount(this.files)} of ${formatCount(this.totalFiles)} files`;
    return `${files} in ${formatClock(elapsed)}, ${rate} MB/s, ETA ${left}`;
  }
}

class Bar implements Progress {
  readonly #pace: Pace;
  readonly #bar: SingleBar;

  constructor(label: string, pace: Pace, stream: WriteStream) {
    this.#pace = pace;
    this.#bar = new SingleBar({
      stream,
      format: `${label} [{bar}] {percentage}%, {pace}`,
      barsize: 24,
      // Cut to the width of the terminal, whose own settings are left alone.
      linewrap: true,
    });
    // Asked for its text whenever the bar is drawn, ten times a second.
    this.#bar.start(pace.totalBytes, 0, { pace });
  }

  advance(bytes: number): void {
    this.#pace.advance(bytes);
    this.#bar.update(this.#pace.bytes);
  }

  finish(): void {
    this.#bar.stop();
  }
}

class Lines implements Progress {
  readonly #label: string;
  readonly #pace: Pace;
  readonly #stream: WriteStream;
  readonly #timer: NodeJS.Timeout;

  constructor(label: string, pace: Pace, stream: WriteStream) {
    this.#label = label;
    this.#pace = pace;
    this.#stream = stream;
    this.#timer = setInterval(() => this.#print(), LINE_INTERVAL);
  }

  advance(bytes: number): void {
    this.#pace.advance(bytes);
    if (this.#pace.files === 1) this.#print();
  }

  finish(): void {
    clearInterval(this.#timer);
    this.#print();
  }

  #print(): void {
    this.#stream.write(`${this.#label} ${this.#pace.toString()}\n`);
  }
}
