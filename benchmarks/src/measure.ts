import type { Contestant } from "./contestants/contestant.ts";
import type { Session, Workload } from "./workloads/workload.ts";

/** What one contestant did in one workload. */
export interface Series {
  readonly contestant: Contestant;
  /** For each metric of the workload the number of each round. */
  readonly rounds: readonly (readonly number[])[];
}

/** One workload, measured. */
export interface Measurement {
  readonly workload: Workload;
  readonly series: readonly Series[];
}

/**
 * Measures a workload for all contestants, in turns: A, B, C, then B, C, A, then C, A, B … What else
 * the machine is doing hits all of them alike, numbers of the same round can be compared, and nobody
 * is always the first.
 *
 * Garbage is not collected in between: V8 shrinks its young generation then, and whoever allocates
 * more spends the turn in collections that a program which goes on would not see.
 */
export async function measure(
  workload: Workload,
  contestants: readonly Contestant[],
  rounds: number,
): Promise<Measurement> {
  const open: { session: Session; rounds: number[][] }[] = [];
  try {
    for (const contestant of contestants) {
      const session = await workload.open(contestant);
      open.push({ session, rounds: workload.metrics.map(() => []) });
    }
    for (let i = 0; i < rounds; i++) {
      const first = i % open.length;
      for (const { session, rounds: columns } of [...open.slice(first), ...open.slice(0, first)]) {
        for (const [metric, value] of (await session.round()).entries()) {
          columns[metric]?.push(value);
        }
      }
    }
  } finally {
    await Promise.all(open.map(({ session }) => session.close()));
  }
  const series = contestants.map((contestant, i) => {
    return { contestant, rounds: open[i]?.rounds ?? [] };
  });
  return { workload, series };
}

/** Our numbers over those of another contestant in the same rounds. */
export function ratios(ours: Series, other: Series, metric: number): number[] {
  const others = numbersOf(other, metric);
  return numbersOf(ours, metric).map((value, i) => value / (others[i] as number));
}

/** What a contestant needed, round by round. */
export function numbersOf({ rounds }: Series, metric: number): readonly number[] {
  return rounds[metric] ?? [];
}

/** The contestants of one kind, with the one that the others are compared with. */
export function groupsOf({ series }: Measurement): { ours: Series; all: readonly Series[] }[] {
  const references = series.filter(({ contestant }) => contestant.isOurs);
  return references.map((ours) => {
    const all = series.filter(({ contestant }) => contestant.kind === ours.contestant.kind);
    return { ours, all };
  });
}
