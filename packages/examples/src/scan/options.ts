import { statSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { cpuCount } from "@concurrent/executor";
import type { ExecutorKind } from "./outcomes.ts";

/** What the command line asks for. */
export interface Options {
  readonly folder: string;
  /** In the order in which they run. */
  readonly executors: readonly ExecutorKind[];
  readonly workers: number;
  /** Files at the most. */
  readonly limit: number;
  readonly json: boolean;
  readonly help: boolean;
}

/** The command line is wrong. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

export const HELP = `Usage: scan [options]

Analyzes every file of a folder: SHA-256, lines, tokens, size after brotli.
A token is a word of letters, digits and _ in a text file; a file with a NUL byte
in its first 8 KiB is binary, and has no lines and no tokens.
Links are not followed. A file that cannot be read is listed with the reason.

  --dir PATH       the folder (default: node_modules of this repository)
  --executor KIND  threads, processes, none (one by one in the main thread),
                   or both: all three, compared with each other (default: both)
  --workers N      threads, or processes, at a time (default: one for each CPU)
  --limit N        stop listing after N files (default: no limit)
  --json           print one JSON document instead of tables
  --help           print this

Progress goes to standard error, the summary to standard output. Ctrl-C ends the run
and prints the summary of what is done; a second one ends the program at once.

Exit codes: 0 done, 1 the executors disagree, 2 bad options, 130 interrupted
`;

/**
 * Without workers last: what comes first finds fewer files in the operating system's cache, and the
 * speed-up should not come from there.
 */
const EXECUTORS = new Map<string, readonly ExecutorKind[]>([
  ["threads", ["threads"]],
  ["processes", ["processes"]],
  ["none", ["none"]],
  ["both", ["threads", "processes", "none"]],
]);

/** @throws {@link UsageError} for anything that is wrong with the arguments */
export function parseOptions(args: readonly string[]): Options {
  const values = parse(args);
  const help = values.help ?? false;
  return {
    // Whoever asks for help may not have a folder yet.
    folder: help ? "" : checkFolder(values.dir ?? defaultFolder()),
    executors: checkExecutor(values.executor ?? "both"),
    workers: values.workers === undefined ? cpuCount() : checkCount("workers", values.workers),
    limit: values.limit === undefined ? Infinity : checkCount("limit", values.limit),
    json: values.json ?? false,
    help,
  };
}

interface Values {
  dir?: string;
  executor?: string;
  workers?: string;
  limit?: string;
  json?: boolean;
  help?: boolean;
}

function parse(args: readonly string[]): Values {
  try {
    const { values } = parseArgs({
      // `pnpm start -- --help` hands on the dashes.
      args: args[0] === "--" ? args.slice(1) : [...args],
      options: {
        dir: { type: "string" },
        executor: { type: "string" },
        workers: { type: "string" },
        limit: { type: "string" },
        json: { type: "boolean" },
        help: { type: "boolean" },
      },
    });
    return values;
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}

function defaultFolder(): string {
  return fileURLToPath(new URL("../../../../node_modules", import.meta.url));
}

function checkFolder(path: string): string {
  const folder = resolve(path);
  if (!isFolder(folder)) throw new UsageError(`--dir: ${folder} is not a folder`);
  return folder;
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`--dir: ${reason}`, { cause: error });
  }
}

function checkExecutor(name: string): readonly ExecutorKind[] {
  const executors = EXECUTORS.get(name);
  if (executors === undefined) {
    const names = [...EXECUTORS.keys()].join(", ");
    throw new UsageError(`--executor must be one of ${names}, got ${JSON.stringify(name)}`);
  }
  return executors;
}

function checkCount(name: string, text: string): number {
  if (!/^0*[1-9]\d{0,8}$/.test(text)) {
    throw new UsageError(`--${name} must be a positive integer, got ${JSON.stringify(text)}`);
  }
  return Number(text);
}
