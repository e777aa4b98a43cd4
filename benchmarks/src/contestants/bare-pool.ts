import type * as jobs from "../jobs.ts";
import type { Pool } from "./contestant.ts";

export type JobName = "noop" | "echo";

/** One call. */
export interface Request {
  readonly id: number;
  readonly job: JobName;
  readonly argument: unknown;
}

/** Its result. */
export interface Reply {
  readonly id: number;
  readonly result: unknown;
}

/** What a bare pool needs of a thread or a process. */
export interface BareWorker {
  send(request: Request): void;
  /** Resolves when it has gone. */
  stop(): Promise<void>;
}

/** Whom a worker tells what happens to it. */
export interface BareWorkerListener {
  readonly reply: (reply: Reply) => void;
  readonly died: (reason: unknown) => void;
}

interface Seat {
  readonly worker: BareWorker;
  pending: number;
}

interface Call {
  readonly seat: Seat;
  readonly resolve: (result: unknown) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * The loop that people write by hand: one message per call, one reply, each call to the worker that
 * has the fewest. It limits nothing and survives no crash.
 */
export class BarePool implements Pool {
  readonly #seats: Seat[];
  readonly #calls = new Map<number, Call>();
  #nextId = 0;

  constructor(workers: number, startWorker: (listener: BareWorkerListener) => BareWorker) {
    const listener: BareWorkerListener = {
      reply: (reply) => this.#reply(reply),
      died: (reason) => this.#died(reason),
    };
    this.#seats = Array.from({ length: workers }, () => {
      return { worker: startWorker(listener), pending: 0 };
    });
  }

  noop(index: number): Promise<number> {
    return this.#call("noop", index) as Promise<number>;
  }

  echo(buffer: Buffer): Promise<Uint8Array> {
    return this.#call("echo", buffer) as Promise<Uint8Array>;
  }

  async close(): Promise<void> {
    await Promise.all(this.#seats.map(({ worker }) => worker.stop()));
  }

  #call(job: JobName, argument: unknown): Promise<unknown> {
    const seat = this.#seats.reduce((best, one) => (one.pending < best.pending ? one : best));
    const id = this.#nextId++;
    seat.pending++;
    return new Promise((resolve, reject) => {
      this.#calls.set(id, { seat, resolve, reject });
      seat.worker.send({ id, job, argument });
    });
  }

  #reply({ id, result }: Reply): void {
    const call = this.#calls.get(id);
    if (call === undefined) throw new Error(`reply to call ${id}, which was never made`);
    this.#calls.delete(id);
    call.seat.pending--;
    call.resolve(result);
  }

  #died(reason: unknown): void {
    for (const { reject } of this.#calls.values()) reject(reason);
  }
}

/** The worker's side: calls the job, gives its result. */
export function answer({ noop, echo }: typeof jobs, { id, job, argument }: Request): Reply {
  const result = job === "noop" ? noop(argument as number) : echo(argument as Uint8Array);
  return { id, result };
}
