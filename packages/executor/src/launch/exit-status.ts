/** How a child process or a thread ended. */
export interface ExitStatus {
  /** Exit code, or −n when signal n ended a process; null when it never started. */
  readonly exitcode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** It ran out of memory. Of a process this is read off its last words. */
  readonly oom: boolean;
  /** The last lines that a process wrote to its standard error. */
  readonly lastStderr: string;
  /** The error that ended a thread, or that kept a worker from starting. */
  readonly error: unknown;
}
