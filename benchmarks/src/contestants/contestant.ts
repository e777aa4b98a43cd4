/** Where an engine runs its calls. Threads are compared with threads, processes with processes. */
type Kind = "threads" | "processes";

/** A running pool of some engine, driven as its own users would drive it. */
export interface Pool {
  /** The same number, after a trip to a worker. */
  noop(index: number): Promise<number>;
  /** The same bytes, copied there and back. */
  echo(buffer: Buffer): Promise<Uint8Array>;
  /** Resolves when its workers have gone. */
  close(): Promise<void>;
}

/** An engine that takes part in the comparison. */
export interface Contestant {
  readonly name: string;
  readonly kind: Kind;
  /** Whether the others of its kind are compared with this one. */
  readonly isOurs: boolean;
  /** Starts a pool of exactly so many workers. They need not be ready yet. */
  start(workers: number): Promise<Pool>;
}
