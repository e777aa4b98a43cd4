import { jsonReport } from "./json-report.ts";
import { HELP, parseOptions, UsageError, type Options } from "./options.ts";
import { showProgress } from "./progress.ts";
import { scan, type Scan } from "./scan.ts";
import { textReport } from "./text-report.ts";

/*
 * A scan of a folder on threads, on processes and in the main thread:
 *
 *   options ─► scan ─► list files ─► run, for each executor ─► outcomes ─► analyzeFile, in workers
 *                └──► differences ─► text report or JSON report, exit code
 */

const EXIT_DISAGREE = 1;
const EXIT_USAGE = 2;
const EXIT_INTERRUPTED = 130;

async function main(args: readonly string[]): Promise<number> {
  const options = optionsOrUsageError(args);
  if (options instanceof UsageError) {
    process.stderr.write(`scan: ${options.message}\nSee --help.\n`);
    return EXIT_USAGE;
  }
  if (options.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const interruption = new AbortController();
  // Once: the next Ctrl-C ends the program as it does any other.
  process.once("SIGINT", () => interruption.abort());
  const result = await scan(options, interruption.signal, (executor, files) =>
    showProgress(executor, files, process.stderr),
  );
  process.stdout.write(
    options.json ? `${JSON.stringify(jsonReport(result), undefined, 2)}\n` : textReport(result),
  );
  return exitCode(result);
}

function optionsOrUsageError(args: readonly string[]): Options | UsageError {
  try {
    return parseOptions(args);
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
}

function exitCode({ isInterrupted, differences }: Scan): number {
  if (isInterrupted) return EXIT_INTERRUPTED;
  return differences === undefined || differences.length === 0 ? 0 : EXIT_DISAGREE;
}

process.exitCode = await main(process.argv.slice(2));
