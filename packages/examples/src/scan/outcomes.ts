import { setImmediate as nextTurn } from "node:timers/promises";
import { ProcessPoolExecutor, ThreadPoolExecutor } from "@concurrent/executor";
import { FIRST_COMPLETED, wait, type Executor, type Future } from "@concurrent/futures";
import { analyzeFile, type FileReport } from "./analyze-file.ts";
import type { FoundFile } from "./list-files.ts";

/** Where files are analyzed; `none`: one by one in the main thread. */
export type ExecutorKind = "threads" | "processes" | "none";

/** What became of a file. */
export type Outcome =
  | { readonly file: FoundFile; readonly report: FileReport }
  | { readonly file: FoundFile; readonly error: unknown };

/** Calls handed over for each worker: enough to keep it busy, few enough to keep memory flat. */
const CALLS_PER_WORKER = 32;

/** Milliseconds that files which are being analyzed have left once the run is interrupted. */
const GRACE = 500;

/** Analyzes the files and gives the outcomes as they come, until there are no more or `signal` aborts. */
export function outcomes(
  kind: ExecutorKind,
  files: readonly FoundFile[],
  workers: number,
  signal: AbortSignal,
): AsyncIterable<Outcome> {
  return kind === "none" ? inMainThread(files, signal) : inPool(kind, files, workers, signal);
}

async function* inPool(
  kind: "threads" | "processes",
  files: readonly FoundFile[],
  workers: number,
  signal: AbortSignal,
): AsyncGenerator<Outcome> {
  const Pool = kind === "threads" ? ThreadPoolExecutor : ProcessPoolExecutor;
  await using pool = new Pool({ maxWorkers: workers });
  // Settles every call: those that have not started are cancelled, the others end or are stopped.
  const stop = (): void => void pool.shutdown({ cancelFutures: true, timeout: GRACE });
  signal.addEventListener("abort", stop);
  try {
    yield* asCompletedFew(pool, files, workers * CALLS_PER_WORKER, signal);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** `asCompleted` for any number of calls: it submits the next ones when some are done. */
async function* asCompletedFew(
  pool: Executor,
  files: readonly FoundFile[],
  limit: number,
  signal: AbortSignal,
): AsyncGenerator<Outcome> {
  const waiting = files.values();
  const inFlight = new Map<Future<FileReport>, FoundFile>();
  for (;;) {
    while (inFlight.size < limit && !signal.aborted) {
      const next = waiting.next();
      if (next.done) break;
      inFlight.set(pool.submit(analyzeFile, next.value.path), next.value);
    }
    if (inFlight.size === 0) return;
    const { done } = await wait(inFlight.keys(), { returnWhen: FIRST_COMPLETED });
    for (const future of done) {
      const file = inFlight.get(future)!;
      inFlight.delete(future);
      if (!future.cancelled()) yield outcomeOf(future, file);
    }
  }
}

function outcomeOf(future: Future<FileReport>, file: FoundFile): Outcome {
  const error = future.exceptionNow();
  return error === undefined ? { file, report: future.resultNow() } : { file, error };
}

async function* inMainThread(
  files: readonly FoundFile[],
  signal: AbortSignal,
): AsyncGenerator<Outcome> {
  for (const file of files) {
    // Ctrl-C and the progress bar get a turn between two files, and only then.
    await nextTurn();
    if (signal.aborted) return;
    yield analyzeHere(file);
  }
}

function analyzeHere(file: FoundFile): Outcome {
  try {
    return { file, report: analyzeFile(file.path) };
  } catch (error) {
    return { file, error };
  }
}
