import { createHash } from "node:crypto";
import type { FileReport } from "./analyze-file.ts";
import type { Run } from "./run.ts";

/** What files come to together. Sizes in bytes. */
export interface Counts {
  files: number;
  bytes: number;
  lines: number;
  tokens: number;
  compressed: number;
}

/** The counts of all files with one extension. */
export interface ExtensionCounts extends Counts {
  readonly extension: string;
}

export function sum(parts: Iterable<FileReport | Counts>): Counts {
  const counts = noCounts();
  for (const part of parts) add(counts, part);
  return counts;
}

/** One entry for each extension, the largest first. */
export function sumByExtension(reports: Iterable<FileReport>): ExtensionCounts[] {
  const found = new Map<string, ExtensionCounts>();
  for (const report of reports) {
    const { extension } = report;
    const counts = found.get(extension) ?? { extension, ...noCounts() };
    found.set(extension, counts);
    add(counts, report);
  }
  return [...found.values()].toSorted((a, b) => b.bytes - a.bytes);
}

/** The files that took longest, the slowest first. */
export function slowest(reports: readonly FileReport[], count: number): FileReport[] {
  return reports.toSorted((a, b) => b.milliseconds - a.milliseconds).slice(0, count);
}

/** SHA-256 of the lines `<SHA-256 of a file>  <its path>`, in the order of the paths. */
export function fingerprint(reports: Iterable<FileReport>): string {
  const lines = Array.from(reports, ({ sha256, path }) => ({ path, line: `${sha256}  ${path}\n` }));
  lines.sort((a, b) => (a.path < b.path ? -1 : 1));
  const hash = createHash("sha256");
  for (const { line } of lines) hash.update(line);
  return hash.digest("hex");
}

/**
 * The paths of the files that not all of the runs agree on. Runs that were interrupted have no say.
 *
 * @returns undefined when there are no two runs to compare
 */
export function differences(runs: readonly Run[]): string[] | undefined {
  const [first, ...others] = runs.filter(({ isComplete }) => isComplete).map(findings);
  if (first === undefined || others.length === 0) return undefined;
  const differing = new Set<string>();
  for (const other of others) {
    for (const [path, finding] of first) if (other.get(path) !== finding) differing.add(path);
  }
  return [...differing].toSorted();
}

/** How many times as fast as one by one in the main thread a run was; undefined if one of them is not complete. */
export function speedUp(run: Run, runs: readonly Run[]): number | undefined {
  const alone = runs.find(({ executor }) => executor === "none");
  if (alone === undefined || !alone.isComplete || !run.isComplete) return undefined;
  return alone.milliseconds / run.milliseconds;
}

/** All that must not depend on where a file was analyzed, by path. */
function findings({ reports, failures }: Run): Map<string, string> {
  const found = new Map<string, string>();
  for (const { path, sha256, bytes, lines, tokens, compressed } of reports) {
    found.set(path, [sha256, bytes, lines, tokens, compressed].join(" "));
  }
  for (const { path, code } of failures) found.set(path, code);
  return found;
}

function noCounts(): Counts {
  return { files: 0, bytes: 0, lines: 0, tokens: 0, compressed: 0 };
}

/** Adds a file, or what other files come to. */
function add(counts: Counts, part: FileReport | Counts): void {
  const { bytes, lines, tokens, compressed } = part;
  counts.files += "files" in part ? part.files : 1;
  counts.bytes += bytes;
  counts.lines += lines;
  counts.tokens += tokens;
  counts.compressed += compressed;
}
