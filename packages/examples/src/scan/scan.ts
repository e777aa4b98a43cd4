import { hasChanged, listFiles, type FoundFile } from "./list-files.ts";
import type { Options } from "./options.ts";
import type { ExecutorKind } from "./outcomes.ts";
import type { Progress } from "./progress.ts";
import { reportedPath, run, type Run } from "./run.ts";
import { differences } from "./totals.ts";

/** Everything that a scan found out. */
export interface Scan {
  readonly folder: string;
  readonly files: readonly FoundFile[];
  readonly workers: number;
  /** One for each executor, in the order in which they ran. */
  readonly runs: readonly Run[];
  readonly isInterrupted: boolean;
  /** Paths of files that the runs do not agree on; undefined when no two of them are complete. */
  readonly differences: readonly string[] | undefined;
  /** Paths of files that the runs do not agree on because they were changed meanwhile. */
  readonly changed: readonly string[];
}

/** Lists the files once, and analyzes them with one executor after the other. */
export async function scan(
  { folder, executors, workers, limit }: Options,
  signal: AbortSignal,
  showProgress: (executor: ExecutorKind, files: readonly FoundFile[]) => Progress,
): Promise<Scan> {
  const files = await listFiles(folder, limit, signal);
  // The largest first: one that comes last would be waited for by all workers but one.
  files.sort((a, b) => b.size - a.size);
  const runs: Run[] = [];
  for (const executor of executors) {
    if (signal.aborted) break;
    const progress = showProgress(executor, files);
    try {
      runs.push(await run(executor, { folder, files, workers, signal, progress }));
    } finally {
      progress.finish();
    }
  }
  const isInterrupted = signal.aborted;
  return { folder, files, workers, runs, isInterrupted, ...(await compare(folder, files, runs)) };
}

/** Blames a difference on the executors only if the file has stayed the same. */
async function compare(
  folder: string,
  files: readonly FoundFile[],
  runs: readonly Run[],
): Promise<Pick<Scan, "differences" | "changed">> {
  const differing = differences(runs);
  if (differing === undefined) return { differences: undefined, changed: [] };
  const changed = new Set<string>();
  for (const file of files) {
    const path = reportedPath(folder, file);
    if (differing.includes(path) && (await hasChanged(file))) changed.add(path);
  }
  return {
    differences: differing.filter((path) => !changed.has(path)),
    changed: [...changed],
  };
}
