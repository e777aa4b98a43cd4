import { cpus } from "node:os";
import { groupsOf, numbersOf, ratios, type Measurement, type Series } from "./measure.ts";
import { spreadOf, type Spread } from "./statistics.ts";

/** Where and when measurements were taken. */
export interface Circumstances {
  readonly rounds: number;
  /** The system's load average over a minute, at the start and at the end. */
  readonly load: readonly [before: number, after: number];
  readonly seconds: number;
}

/** All of it as a Markdown document. */
export function markdown(
  measurements: readonly Measurement[],
  circumstances: Circumstances,
): string {
  const { rounds, load, seconds } = circumstances;
  const [before, after] = load.map((value) => value.toFixed(1));
  const blocks = [
    "# Benchmarks",
    `Node ${process.versions.node} on ${process.platform} ${process.arch}, ${cpuText()}; ` +
      `${rounds} interleaved rounds in ${seconds.toFixed(0)} s; load average ${before} before, ${after} after. ` +
      "Two workers each. Times are medians of the rounds, with their quartiles; less is better.",
    "“Ours ÷ it” compares our executor with the engine in the row, round by round: below 1 ours is faster.",
    ...measurements.map((measurement) => section(measurement)),
  ];
  return `${blocks.join("\n\n")}\n`;
}

/** All of it as data, every single round included. */
export function json(measurements: readonly Measurement[], circumstances: Circumstances): string {
  const { versions, platform, arch } = process;
  const workloads = measurements.map((measurement) => {
    const { name, title, metrics } = measurement.workload;
    const results = groupsOf(measurement).flatMap(({ ours, all }) =>
      all.map((series) => ({
        contestant: series.contestant.name,
        kind: series.contestant.kind,
        metrics: metrics.map(({ name: metric, unit }, i) => ({
          metric,
          unit,
          value: spreadOf(numbersOf(series, i)),
          ratio: spreadOf(ratios(ours, series, i)),
          rounds: numbersOf(series, i),
        })),
      })),
    );
    return { name, title, results };
  });
  const machine = { node: versions.node, platform, arch, cpu: cpuText() };
  return `${JSON.stringify({ ...machine, ...circumstances, workloads }, undefined, 2)}\n`;
}

function section(measurement: Measurement): string {
  const { title, metrics } = measurement.workload;
  const header = metrics.flatMap(({ name, unit }) => [`${name}, ${unit}`, "ours ÷ it"]);
  const lines = [
    `## ${title}`,
    "",
    row(["engine", ...header]),
    row(["---", ...header.map(() => "---:")]),
  ];
  for (const { ours, all } of groupsOf(measurement)) {
    for (const series of all) lines.push(row(cells(series, ours, metrics.length)));
  }
  return lines.join("\n");
}

function cells(series: Series, ours: Series, metrics: number): string[] {
  const isOurs = series === ours;
  const { name } = series.contestant;
  const texts = [isOurs ? `**${name}**` : name];
  for (let i = 0; i < metrics; i++) {
    texts.push(spreadText(spreadOf(numbersOf(series, i))));
    texts.push(isOurs ? "" : spreadText(spreadOf(ratios(ours, series, i))));
  }
  return texts;
}

function row(texts: readonly string[]): string {
  return `| ${texts.join(" | ")} |`;
}

function spreadText({ median, low, high }: Spread): string {
  return `${short(median)} (${short(low)}–${short(high)})`;
}

/** Three digits, as no more of them come out the same twice. */
function short(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function cpuText(): string {
  const all = cpus();
  return `${all.length} × ${all[0]?.model.trim() ?? "unknown CPU"}`;
}
