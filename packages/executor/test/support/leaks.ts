/**
 * What keeps this process going, or could, by kind: compare it before a pool was made with after it
 * has been shut down. Timers and immediates come and go with the test runner's.
 */
export function resources(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) {
    if (kind === "Timeout" || kind === "Immediate") continue;
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

/** The kinds of which there are more than before. Handles close in a later turn of the event loop. */
export function leftOver(before: Record<string, number>): string[] {
  return Object.entries(resources()).flatMap(([kind, count]) =>
    count > (before[kind] ?? 0) ? [kind] : [],
  );
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
