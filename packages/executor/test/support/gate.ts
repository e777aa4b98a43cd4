import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/**
 * Holds calls in their workers until the test lets them go: `blockAt` and `holdAt` of
 * fixtures/jobs.js. Works in threads and processes alike, and knows who has started, in order.
 */
export class Gate implements Disposable {
  /** What the calls are given to find this gate. */
  readonly path: string = mkdtempSync(join(tmpdir(), "gate-"));

  /** The labels of the calls that have started, in the order in which they did. */
  get started(): string[] {
    const log = join(this.path, "log");
    return existsSync(log) ? readFileSync(log, "utf8").split("\n").slice(0, -1) : [];
  }

  /** Resolves when so many calls have started. */
  async arrived(count: number): Promise<void> {
    await until(() => this.started.length >= count);
  }

  /** Lets all calls go on, those that come later as well. */
  open(): void {
    writeFileSync(join(this.path, "open"), "");
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true });
  }
}

/** Resolves when the condition holds; looks again and again. The test's timeout limits it. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await delay(2);
}
