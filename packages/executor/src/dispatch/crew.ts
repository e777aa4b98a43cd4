import type { OnWorkerCrash } from "../options.ts";
import { LongTimer } from "../long-timer.ts";
import type { PickledError } from "@concurrent/pickle";
import type { ExitStatus } from "../launch/exit-status.ts";
import type { InitializerCall, OutcomesMessage, WorkerMessage } from "../wire/messages.ts";
import { readError } from "../wire/outcome.ts";
import type { StartWorker } from "../workers/worker.ts";
import { IdleWatch } from "./idle-watch.ts";
import { warnOfLateError } from "./late-error.ts";
import { describeWorker } from "./lost.ts";
import { RestartPolicy } from "./restart-policy.ts";
import { Roster } from "./roster.ts";
import { Seat } from "./seat.ts";

/** Milliseconds that a worker may take to leave: its exit handlers run, its output is written. */
const LEAVE_GRACE = 5_000;

export interface CrewOptions {
  readonly minWorkers: number;
  readonly maxWorkers: number;
  /** Workers that are kept ready to take the place of others. */
  readonly spareWorkers: number;
  /** Milliseconds after which an idle worker beyond `minWorkers` leaves. */
  readonly idleTimeout: number;
  /** Tasks after which a worker is replaced. */
  readonly maxTasksPerChild: number;
  /** Milliseconds between SIGTERM and SIGKILL. */
  readonly killGrace: number;
  readonly onWorkerCrash: OnWorkerCrash;
  readonly startWorker: StartWorker;
  /** What each worker calls first. A promise when its function has to be looked up. */
  readonly initializer: InitializerCall | undefined | Promise<InitializerCall>;
}

/** Whom the crew tells what happens to its workers. */
export interface CrewListener {
  ready(seat: Seat): void;
  outcomes(seat: Seat, message: OutcomesMessage): void;
  /** The worker is to be replaced: what it has not started is better off elsewhere. */
  retiring(seat: Seat): void;
  /** The worker has started a call whose start matters. */
  started(seat: Seat, sequence: number): void;
  /** The worker has gone. What it had been sent is still in its flight. */
  gone(seat: Seat, status: ExitStatus, crashed: boolean): void;
  initializerFailed(error: PickledError): void;
  /** No worker can be started. */
  cannotStart(cause: unknown): void;
}

/**
 * The workers of a pool: starts them, watches over them and lets them go.
 *
 *   start ─► starting ─► ready ─► leaving ─► gone
 */
export class Crew {
  readonly roster: Roster = new Roster();
  /** Workers that died without having been told to leave, and workers started in their place. */
  crashes = 0;
  restarts = 0;
  readonly #options: CrewOptions;
  readonly #listener: CrewListener;
  readonly #policy = new RestartPolicy();
  readonly #idleWatch: IdleWatch;
  readonly #leaveTimers = new Map<Seat, LongTimer>();
  #lastId = 0;
  // Invariant: set while no worker may be started because the last one died at its start.
  #backOff: NodeJS.Timeout | undefined;
  // Invariant: once true, no worker is started any more.
  #isClosing = false;
  // Called when the last worker has gone, once somebody waits for that.
  #onDismissed: (() => void) | undefined;
  #replacements = 0;
  // How many tasks waited when workers were last asked for.
  #waiting = 0;

  constructor(options: CrewOptions, listener: CrewListener) {
    this.#options = options;
    this.#listener = listener;
    const { idleTimeout, minWorkers } = options;
    this.#idleWatch = new IdleWatch(this.roster, idleTimeout, minWorkers, (seat) => {
      this.#leave(seat);
      // Spares are for pools that work.
      if (this.roster.count(({ state }) => state === "ready") === 0) this.#leaveSpares();
    });
  }

  /** Starts workers for `waiting` tasks that nobody can take, and up to the least number. */
  grow(waiting: number): void {
    this.#waiting = waiting;
    if (this.#isClosing || this.#backOff !== undefined) return;
    const { minWorkers, maxWorkers } = this.#options;
    const { roster } = this;
    const wanted = Math.max(waiting - roster.starting, minWorkers - roster.size);
    // After a failure one worker at a time, until one has become ready.
    const allowed = this.#policy.isTroubled ? 1 - roster.starting : maxWorkers - roster.size;
    const count = Math.min(wanted, allowed, maxWorkers - roster.size);
    const promoted: Seat[] = [];
    for (let i = 0; i < count; i++) {
      const spare = roster.promote();
      if (spare !== undefined) promoted.push(spare);
      else if (!this.#start(false)) return;
    }
    this.#startSpares();
    // Last: it sends tasks, and may ask for more workers.
    for (const seat of promoted) if (seat.state === "ready") this.#listener.ready(seat);
  }

  /** While there are workers, others stand by. */
  #startSpares(): void {
    const { roster } = this;
    if (this.#isClosing || this.#policy.isTroubled || roster.size === 0) return;
    while (roster.spares < this.#options.spareWorkers) if (!this.#start(true)) return;
  }

  /** A worker has dealt with what it had: it waits for more, or has done its share. */
  rest(seat: Seat): void {
    if (seat.flight.size > 0) return;
    if (seat.state === "leaving") this.#limitLeaving(seat);
    if (seat.state !== "ready") return;
    seat.idleSince = performance.now();
    if (seat.isSpent) this.#leave(seat);
    else if (!this.#isClosing) this.#idleWatch.start();
  }

  /** A worker's state is in doubt: it takes no more tasks, and leaves after its current one. */
  retire(seat: Seat): void {
    seat.isRetired = true;
    if (seat.state === "starting") seat.worker.kill("SIGKILL");
    else if (seat.state === "spare") this.#leave(seat);
    else {
      this.#listener.retiring(seat);
      this.rest(seat);
    }
  }

  /** A worker is killed `killGrace` from now. It is planned then, and not a crash. */
  killLater(seat: Seat): LongTimer {
    return new LongTimer(this.#options.killGrace, () => {
      this.roster.leaving(seat);
      seat.worker.kill("SIGKILL");
    });
  }

  /** All leave, when they have done what they were sent. Resolves when they have gone. */
  dismiss(): Promise<void> {
    return new Promise((resolve) => {
      this.#onDismissed = resolve;
      this.#stopGrowing();
      for (const seat of this.roster) this.#leave(seat);
      this.#resolveWhenEmpty();
    });
  }

  /** Ends all workers, whatever they are doing: with SIGTERM first if asked, where that exists. */
  kill(signal: "SIGTERM" | "SIGKILL"): void {
    this.#stopGrowing();
    for (const seat of this.roster) {
      this.roster.leaving(seat);
      seat.worker.kill(signal);
      if (signal === "SIGTERM") this.#killAfter(seat, this.#options.killGrace);
    }
  }

  /** False when nothing could be started. */
  #start(isSpare: boolean): boolean {
    const seat = new Seat(++this.#lastId, this.#options.maxTasksPerChild);
    seat.isSpare = isSpare;
    try {
      seat.worker = this.#options.startWorker({
        message: (message) => this.#received(seat, message),
        exit: (status) => this.#exited(seat, status),
      });
    } catch (error) {
      // Options that no worker can be started with will not get better.
      if (isMisuse(error)) this.#listener.cannotStart(error);
      else this.#failedToStart({ ...NEVER_STARTED, error });
      return false;
    }
    this.roster.add(seat);
    if (this.#replacements > 0) {
      this.#replacements--;
      this.restarts++;
    }
    void this.#sendStart(seat);
    return true;
  }

  #stopGrowing(): void {
    this.#isClosing = true;
    clearTimeout(this.#backOff);
    this.#idleWatch.close();
  }

  async #sendStart(seat: Seat): Promise<void> {
    const { initializer } = this.#options;
    try {
      const call = initializer instanceof Promise ? await initializer : initializer;
      seat.worker.send({ type: "start", workerId: seat.id, initializer: call });
    } catch (error) {
      // The initializer cannot travel.
      this.#listener.cannotStart(error);
    }
  }

  #received(seat: Seat, message: WorkerMessage): void {
    switch (message.type) {
      case "ready":
        if (seat.state !== "starting") return;
        this.roster.ready(seat);
        // A spare may be what tasks wait for by now.
        this.#listener.ready(seat);
        this.rest(seat);
        return;
      case "initializer-failed":
        this.roster.leaving(seat);
        this.#listener.initializerFailed(message.error);
        return;
      case "outcomes":
        this.#policy.succeeded();
        this.#listener.outcomes(seat, message);
        return;
      case "started":
        this.#listener.started(seat, message.sequence);
        return;
      case "dying":
        seat.diesOf = readError(message.error, { worker: describeWorker(seat) });
        return;
      case "late-error":
        seat.diesOf ??= warnOfLateError(seat, message);
        this.retire(seat);
        return;
    }
  }

  #exited(seat: Seat, status: ExitStatus): void {
    const { state } = seat;
    this.#leaveTimers.get(seat)?.clear();
    this.#leaveTimers.delete(seat);
    this.roster.remove(seat);
    const crashed = state !== "leaving";
    if (crashed) {
      this.crashes++;
      this.#replacements++;
      // One that dies before it has done anything is as good as one that cannot start.
      if (state !== "ready" || seat.progress === 0) {
        const error = status.error ?? seat.diesOf;
        this.#failedToStart({ ...status, error }, seat.isRetired);
      }
    }
    this.#listener.gone(seat, status, crashed);
    this.#resolveWhenEmpty();
  }

  #failedToStart(status: ExitStatus, byUs = false): void {
    // Workers that were started side by side and die together are one try.
    if (this.#isClosing || this.#backOff !== undefined) return;
    const delay = this.#policy.failed(byUs ? null : status.signal);
    // While there are others, the pool goes on with those.
    if (this.#policy.isExhausted && this.roster.count(({ state }) => state === "ready") === 0) {
      this.#listener.cannotStart(startFailure(status));
      return;
    }
    this.#backOff = setTimeout(() => {
      this.#backOff = undefined;
      this.grow(this.#waiting);
    }, delay).unref();
  }

  #leave(seat: Seat): void {
    if (seat.state === "leaving") return;
    this.roster.leaving(seat);
    seat.worker.send({ type: "stop" });
    this.#limitLeaving(seat);
  }

  /** A task that is being stopped has its own limit. */
  #limitLeaving(seat: Seat): void {
    const isLimited = this.#leaveTimers.has(seat);
    if (seat.flight.size === 0 && !isLimited) this.#killAfter(seat, LEAVE_GRACE);
  }

  #leaveSpares(): void {
    for (const seat of this.roster) if (seat.isSpare) this.#leave(seat);
  }

  #killAfter(seat: Seat, milliseconds: number): void {
    this.#leaveTimers.get(seat)?.clear();
    const timer = new LongTimer(milliseconds, () => seat.worker.kill("SIGKILL"));
    this.#leaveTimers.set(seat, timer);
  }

  #resolveWhenEmpty(): void {
    if (this.roster.isEmpty) this.#onDismissed?.();
  }
}

const NEVER_STARTED: ExitStatus = {
  exitcode: null,
  signal: null,
  oom: false,
  lastStderr: "",
  error: undefined,
};

/** Node refuses what it was given, before it has tried anything. */
function isMisuse(error: unknown): boolean {
  return (
    error instanceof Error &&
    "code" in error &&
    /^ERR_(?:WORKER_)?INVALID_/.test(String(error.code))
  );
}

function startFailure({ error, exitcode, lastStderr }: ExitStatus): Error {
  const words = lastStderr === "" ? "" : `\n${lastStderr}`;
  const cause = error === undefined ? {} : { cause: error };
  return new Error(
    `workers end before they are ready, the last one with exit code ${exitcode}${words}`,
    cause,
  );
}
