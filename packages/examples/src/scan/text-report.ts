import { formatBytes, formatCount, formatDuration, megabytesPerSecond } from "./format.ts";
import type { Failure, Run } from "./run.ts";
import type { Scan } from "./scan.ts";
import { formatTable } from "./table.ts";
import { slowest, speedUp, sum, sumByExtension, type Counts } from "./totals.ts";

/** Rows of the longer tables. */
const ROWS = 10;

/** The summary for people. Slowest files and extensions are those of the run that got furthest. */
export function textReport(scan: Scan): string {
  const { folder, files, workers, runs, isInterrupted } = scan;
  const title = `${formatCount(files.length)} files in ${folder}, workers: ${workers}`;
  const [furthest] = runs.toSorted((a, b) => b.reports.length - a.reports.length);
  const parts = [
    isInterrupted ? `INTERRUPTED: this is what was done until then\n${title}\n` : `${title}\n`,
    executorTable(runs),
    extensionTable(furthest),
    slowestTable(furthest),
    failureTable(runs),
    verdict(scan),
  ];
  return parts.filter((part) => part !== "").join("\n");
}

function executorTable(runs: readonly Run[]): string {
  return formatTable(
    [
      ["executor", "left"],
      ...countColumns,
      ["failed", "right"],
      ["time", "right"],
      ["MB/s", "right"],
      ["speed-up", "right"],
    ],
    runs.map((run) => {
      const { executor, reports, failures, milliseconds, isComplete } = run;
      const counts = sum(reports);
      return [
        ...countRow(isComplete ? executor : `${executor} (interrupted)`, counts),
        formatCount(failures.length),
        formatDuration(milliseconds),
        megabytesPerSecond(counts.bytes, milliseconds).toFixed(1),
        speedUp(run, runs)?.toFixed(2) ?? "-",
      ];
    }),
  );
}

function extensionTable(run: Run | undefined): string {
  const extensions = sumByExtension(run?.reports ?? []);
  const rows = extensions
    .slice(0, ROWS)
    .map((counts) => countRow(counts.extension || "(none)", counts));
  const rest = extensions.slice(ROWS);
  if (rest.length > 0) rows.push(countRow(`(${rest.length} others)`, sum(rest)));
  return formatTable([["extension", "left"], ...countColumns], rows);
}

function slowestTable(run: Run | undefined): string {
  return formatTable(
    [
      ["time", "right"],
      ["bytes", "right"],
      [`slowest files (${run?.executor})`, "left"],
    ],
    slowest(run?.reports ?? [], ROWS).map(({ path, bytes, milliseconds }) => [
      formatDuration(milliseconds),
      formatBytes(bytes),
      path,
    ]),
  );
}

/** Each file once, however many executors could not read it. */
function failureTable(runs: readonly Run[]): string {
  const failures = new Map<string, Failure>();
  for (const run of runs) for (const failure of run.failures) failures.set(failure.path, failure);
  return formatTable(
    [
      ["failed", "left"],
      ["reason", "left"],
    ],
    Array.from(failures.values(), ({ path, message }) => [path, message]),
  );
}

function verdict({ differences, changed }: Scan): string {
  if (differences === undefined) return "";
  const agree =
    differences.length === 0
      ? "totals agree"
      : `totals DIFFER: the executors do not agree on ${differences.length} of the files`;
  const note = changed.length > 0 ? ", apart from files that were changed meanwhile" : "";
  const paths = [...differences, ...changed].slice(0, ROWS).map((path) => `  ${path}\n`);
  return `${agree}${note}\n${paths.join("")}`;
}

const countColumns = (["files", "bytes", "lines", "tokens", "brotli"] as const).map(
  (heading) => [heading, "right"] as const,
);

function countRow(name: string, { files, bytes, lines, tokens, compressed }: Counts): string[] {
  return [
    name,
    formatCount(files),
    formatBytes(bytes),
    formatCount(lines),
    formatCount(tokens),
    formatBytes(compressed),
  ];
}
