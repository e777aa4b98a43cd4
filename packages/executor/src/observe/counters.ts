import type { TaskEnd } from "../task.ts";

/** Counts a pool's tasks. */
export class Counters {
  // Invariant: accepted = pending + completed + failed + cancelled.
  pending = 0;
  completed = 0;
  failed = 0;
  cancelled = 0;

  accepted(): void {
    this.pending++;
  }

  settled(end: TaskEnd): void {
    this.pending--;
    this[end]++;
  }
}
