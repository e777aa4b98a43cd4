import { megabytesPerSecond } from "./format.ts";
import type { ExecutorKind } from "./outcomes.ts";
import type { Failure, Run } from "./run.ts";
import type { Scan } from "./scan.ts";
import * as totals from "./totals.ts";

/** What `--json` prints. Sizes in bytes. */
export interface JsonReport {
  readonly folder: string;
  readonly workers: number;
  /** Files that were found. */
  readonly found: number;
  readonly interrupted: boolean;
  /** Null when no two runs are complete. */
  readonly totalsAgree: boolean | null;
  /** Paths of files that the runs do not agree on. */
  readonly differences: readonly string[];
  /** Paths of files that were changed meanwhile, and have no part in the comparison. */
  readonly changed: readonly string[];
  readonly runs: readonly JsonRun[];
}

/** One executor's part of it. */
interface JsonRun {
  readonly executor: ExecutorKind;
  readonly complete: boolean;
  readonly milliseconds: number;
  readonly megabytesPerSecond: number;
  /** How many times as fast as `none`; null if that did not run. */
  readonly speedUp: number | null;
  readonly totals: totals.Counts;
  /** SHA-256 of the lines `<SHA-256>  <path>` of all files, in the order of the paths. */
  readonly fingerprint: string;
  readonly extensions: readonly totals.ExtensionCounts[];
  readonly slowest: readonly {
    readonly path: string;
    readonly bytes: number;
    readonly milliseconds: number;
  }[];
  readonly failures: readonly Failure[];
}

const SLOWEST = 10;

export function jsonReport(scan: Scan): JsonReport {
  const { folder, workers, files, isInterrupted, differences, runs } = scan;
  return {
    folder,
    workers,
    found: files.length,
    interrupted: isInterrupted,
    totalsAgree: differences === undefined ? null : differences.length === 0,
    differences: differences ?? [],
    changed: scan.changed,
    runs: runs.map((run) => jsonRun(run, runs)),
  };
}

function jsonRun(run: Run, runs: readonly Run[]): JsonRun {
  const { executor, isComplete, milliseconds, reports, failures } = run;
  const counts = totals.sum(reports);
  return {
    executor,
    complete: isComplete,
    milliseconds,
    megabytesPerSecond: megabytesPerSecond(counts.bytes, milliseconds),
    speedUp: totals.speedUp(run, runs) ?? null,
    totals: counts,
    fingerprint: totals.fingerprint(reports),
    extensions: totals.sumByExtension(reports),
    slowest: totals
      .slowest(reports, SLOWEST)
      .map(({ path, bytes, milliseconds: taken }) => ({ path, bytes, milliseconds: taken })),
    failures,
  };
}
