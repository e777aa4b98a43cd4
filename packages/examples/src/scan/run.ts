import { relative } from "node:path";
import type { FileReport } from "./analyze-file.ts";
import type { FoundFile } from "./list-files.ts";
import { outcomes, type ExecutorKind } from "./outcomes.ts";
import type { Progress } from "./progress.ts";

/** A file that could not be analyzed. */
export interface Failure {
  readonly path: string;
  /** Of the error, as `ENOENT`; its name when it has none. */
  readonly code: string;
  readonly message: string;
}

/** What one executor made of the files. Paths are relative to the folder. */
export interface Run {
  readonly executor: ExecutorKind;
  readonly reports: readonly FileReport[];
  readonly failures: readonly Failure[];
  /** From before the first worker is started until the last one has gone. */
  readonly milliseconds: number;
  /** False when it was interrupted. */
  readonly isComplete: boolean;
}

/** What to run, and with what. */
export interface RunSettings {
  readonly folder: string;
  readonly files: readonly FoundFile[];
  readonly workers: number;
  /** Ends the run early. */
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

/** Analyzes all files with one executor. A file that cannot be analyzed is a failure of its own. */
export async function run(executor: ExecutorKind, settings: RunSettings): Promise<Run> {
  const { folder, files, workers, signal, progress } = settings;
  const reports: FileReport[] = [];
  const failures: Failure[] = [];
  const start = performance.now();
  for await (const outcome of outcomes(executor, files, workers, signal)) {
    const path = reportedPath(folder, outcome.file);
    if ("report" in outcome) reports.push({ ...outcome.report, path });
    else failures.push(describeFailure(path, outcome.error));
    progress.advance(outcome.file.size);
  }
  return {
    executor,
    reports,
    failures,
    milliseconds: performance.now() - start,
    isComplete: reports.length + failures.length === files.length,
  };
}

/** What a file is called in reports: relative to the folder. */
export function reportedPath(folder: string, file: FoundFile): string {
  return relative(folder, file.path) || ".";
}

function describeFailure(path: string, error: unknown): Failure {
  if (!(error instanceof Error)) return { path, code: typeof error, message: String(error) };
  const code = "code" in error ? String(error.code) : error.name;
  return { path, code, message: error.message };
}
