import { writeFile } from "node:fs/promises";
import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import { CONTESTANTS } from "./contestants/index.ts";
import { measure, type Measurement } from "./measure.ts";
import { json, markdown } from "./report.ts";
import { WORKLOADS } from "./workloads/index.ts";
import type { Workload } from "./workloads/workload.ts";

const HELP = `Compares our executors with other pools, in one run, interleaved.

  pnpm bench [options]

  --rounds n     times that each engine gets its turn (default 11)
  --only name    this workload alone; may be repeated:
                 ${WORKLOADS.map(({ name }) => name).join(", ")}
  --json         data instead of Markdown
  --out path     writes the report to a file too
  --help         this text
`;

interface Settings {
  readonly rounds: number;
  readonly workloads: readonly Workload[];
  readonly json: boolean;
  readonly out: string | undefined;
}

/** @throws TypeError or RangeError for arguments that make no sense */
function readSettings(): Settings | undefined {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "11" },
      only: { type: "string", multiple: true },
      json: { type: "boolean", default: false },
      out: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return undefined;
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) {
    throw new RangeError(`--rounds must be an integer of at least 1, got ${values.rounds}`);
  }
  const workloads = values.only?.map(workloadNamed) ?? WORKLOADS;
  return { rounds, workloads, json: values.json, out: values.out };
}

function workloadNamed(name: string): Workload {
  const found = WORKLOADS.find((workload) => workload.name === name);
  if (found !== undefined) return found;
  const known = WORKLOADS.map((workload) => workload.name).join(", ");
  throw new RangeError(`there is no workload "${name}"; there are ${known}`);
}

async function run(settings: Settings): Promise<void> {
  const { rounds, workloads } = settings;
  const start = performance.now();
  const [before = 0] = loadavg();
  const measurements: Measurement[] = [];
  for (const workload of workloads) {
    process.stderr.write(`${workload.title} …\n`);
    measurements.push(await measure(workload, CONTESTANTS, rounds));
  }
  const [after = 0] = loadavg();
  const seconds = (performance.now() - start) / 1_000;
  const write = settings.json ? json : markdown;
  const report = write(measurements, { rounds, load: [before, after], seconds });
  process.stdout.write(report);
  if (settings.out !== undefined) await writeFile(settings.out, report);
}

try {
  const settings = readSettings();
  if (settings === undefined) process.stdout.write(HELP);
  else await run(settings);
} catch (error) {
  console.error(error instanceof TypeError || error instanceof RangeError ? error.message : error);
  process.exitCode = 1;
}
