/** What a pool is doing, and has done. */
export interface ExecutorStats {
  /** Workers that are starting, idle, busy, or leaving. */
  readonly workers: number;
  /** Workers that wait for tasks. */
  readonly idle: number;
  /** Workers that have tasks, also ones that are being stopped. */
  readonly busy: number;
  /** Tasks that have been accepted and have not started. */
  readonly queued: number;
  /** Tasks that are running. */
  readonly running: number;
  /** Tasks that returned. */
  readonly completed: number;
  /** Tasks that threw, could not travel, or lost their worker. */
  readonly failed: number;
  /** Tasks that were cancelled. */
  readonly cancelled: number;
  /** Workers that ended without having been told to. */
  readonly crashes: number;
  /** Workers that were started in the place of crashed ones. */
  readonly restarts: number;
}
