/** Ends its process, as a fatal error in native code would. */
export function burn(): never {
  console.error("the disk is on fire");
  process.exit(3);
}

/** What the operating system does to a process when memory runs out. */
export function beKilled(): void {
  process.kill(process.pid, "SIGKILL");
}

/** Collects until its heap is full. */
export function hoard(): never {
  const all: unknown[] = [];
  for (;;) all.push(Array.from({ length: 1_000 }, Math.random));
}

/** Forgets to await a promise that is rejected while it still runs. */
export async function forget(): Promise<void> {
  void Promise.reject(new Error("nobody awaits me"));
  await new Promise((resolve) => void setTimeout(resolve, 60_000));
}
