// Minutes of load with random deaths, stops and cancels. Exit code 1 when a promise is broken.
//
//   node scripts/soak.js [--minutes 3] [--executor both] [--mode mixed]
//
// --executor threads, processes or both, one after the other
// --mode     mixed: calls of every kind until the time is up
//            kills: 10,000 calls of 2 ms each, and every 100 ms the death of a worker
// --seed     repeats the choices of an earlier run
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { inspect, parseArgs } from "node:util";
import { ProcessPoolExecutor, ThreadPoolExecutor } from "../packages/executor/dist/index.js";
import { TimeoutError, WorkerCrashedError } from "../packages/futures/dist/index.js";
import { twoMilliseconds, work } from "../packages/executor/test/hunt/fixtures/soak-jobs.js";
import { inMegabytes, inventory, usedMemory, workersOfMine } from "./processes.js";

/** @typedef {import("../packages/executor/test/hunt/fixtures/soak-jobs.js").Deed} Deed */
/** @typedef {"threads" | "processes"} Kind */

const PERIOD = 10_000;
const KILL_EVERY = 100;
const OUTSTANDING = 200;
const MAX_CALLS = 2 ** 24;

const { values: options } = parseArgs({
  options: {
    minutes: { type: "string", default: "3" },
    executor: { type: "string", default: "both" },
    mode: { type: "string", default: "mixed" },
    seed: { type: "string", default: String(Date.now() % 2 ** 31) },
  },
});

if (globalThis.gc === undefined) {
  const script = fileURLToPath(import.meta.url);
  const args = ["--expose-gc", "--no-warnings", script, ...process.argv.slice(2)];
  process.exit(spawnSync(process.execPath, args, { stdio: "inherit" }).status ?? 1);
}

/** Random numbers in [0, 1) from a seed (mulberry32). @param {number} seed */
function randomFrom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

const random = randomFrom(Number(options.seed));

/** @template T @param {readonly T[]} items @returns {T} */
function pick(items) {
  return /** @type {T} */ (items[Math.floor(random() * items.length)]);
}

/** One pool under load, and the account of what has become of its calls. */
class Soak {
  violations = /** @type {string[]} */ ([]);
  submitted = 0;
  succeeded = 0;
  crashed = 0;
  threw = 0;
  timedOut = 0;
  cancelled = 0;
  /** Deaths of workers that were asked for. */
  kills = 0;
  warnings = 0;
  /** What the heap, and this process, have held at the end of each period. */
  heaps = /** @type {number[]} */ ([]);
  sizes = /** @type {number[]} */ ([]);
  #folder = mkdtempSync(join(tmpdir(), "soak-"));
  #log = join(this.#folder, "log");
  #kind;
  #pool;
  // Calls that `cancel()` has answered true for: they must not be in the log.
  #neverStart = new Set();
  #settled = 0;
  #isOver = false;

  /** @param {Kind} kind */
  constructor(kind) {
    this.#kind = kind;
    const Pool = kind === "threads" ? ThreadPoolExecutor : ProcessPoolExecutor;
    this.#pool = new Pool({ maxWorkers: 4, killGrace: 20 });
    process.on("warning", (warning) => {
      this.warnings++;
      if (!("code" in warning) || warning.code !== "ERR_EXECUTOR_LATE_ERROR") {
        this.violations.push(`a warning: ${warning.message}`);
      }
    });
  }

  /** Calls of every kind until the time is up. @param {number} milliseconds */
  async mixed(milliseconds) {
    const end = performance.now() + milliseconds;
    const killer = setInterval(() => this.#killOne(), KILL_EVERY);
    let nextReport = performance.now() + PERIOD;
    /** @type {Promise<void>[]} */
    const runners = Array.from({ length: OUTSTANDING }, async () => {
      while (performance.now() < end && this.submitted < MAX_CALLS && !this.#isOver)
        await this.#doOne();
    });
    const reporter = setInterval(() => {
      if (performance.now() < nextReport) return;
      nextReport += PERIOD;
      void this.#report();
    }, 100);
    await Promise.all(runners);
    clearInterval(killer);
    clearInterval(reporter);
    await this.#finish();
  }

  /** 10,000 calls of 2 ms each. */
  async kills10000() {
    const killer = setInterval(() => this.#killOne(), KILL_EVERY);
    const reporter = setInterval(() => void this.#report(), PERIOD);
    const calls = Array.from({ length: 10_000 }, async () => {
      const id = this.submitted++;
      await this.#judge(id, "fast", this.#pool.submit(twoMilliseconds, this.#log, id));
    });
    await Promise.all(calls);
    clearInterval(killer);
    clearInterval(reporter);
    await this.#finish();
  }

  /** A process by SIGKILL, whatever it is doing. A thread can be ended only from within. */
  #killOne() {
    if (this.#kind === "processes") {
      const victims = workersOfMine();
      if (victims.length === 0) return;
      this.kills++;
      process.kill(pick(victims), "SIGKILL");
      return;
    }
    this.kills++;
    const id = this.submitted++;
    const future = this.#submit(this.#pool, id, "exit");
    if (future !== undefined) void this.#judge(id, "exit", future);
  }

  /**
   * @param {Pick<import("../packages/executor/dist/index.js").PoolExecutor, "submit">} view
   * @param {number} id @param {Deed} deed @param {Buffer} [payload]
   */
  #submit(view, id, deed, payload) {
    try {
      return view.submit(work, this.#log, id, deed, payload);
    } catch (error) {
      // The pool is broken: there is nothing more to see.
      this.submitted--;
      this.#isOver = true;
      if (this.violations.length === 0) this.violations.push(`submit threw ${inspect(error)}`);
      return undefined;
    }
  }

  /** A call of a random kind, until it is done. */
  async #doOne() {
    const id = this.submitted++;
    const dice = random();
    /** @type {Deed} */
    let deed = pick(["fast", "fast", "busy", "wait", "listen", "fail"]);
    if (dice < 0.002) deed = "stubborn";
    else if (dice < 0.004) deed = "late";
    else if (dice < 0.01) deed = "large";
    const hasTimeout = deed === "stubborn" || random() < 0.1;
    const controller = random() < 0.1 ? new AbortController() : undefined;
    const view = this.#pool.withOptions({
      ...(hasTimeout && { timeout: 1 + Math.floor(random() * 20) }),
      ...(random() < 0.05 && { queueTimeout: 1 + Math.floor(random() * 100) }),
      ...(controller !== undefined && { signal: controller.signal }),
    });
    const payload = deed === "large" ? Buffer.alloc(Math.floor(random() * 2 ** 20)) : undefined;
    const future = this.#submit(view, id, deed, payload);
    if (future === undefined) return;
    const stop = random();
    const delay = random() * 50;
    /** @type {NodeJS.Timeout | undefined} */
    let timer;
    if (controller !== undefined) timer = setTimeout(() => controller.abort(), delay);
    else if (stop < 0.05) timer = setTimeout(() => future.abort(), delay);
    else if (stop < 0.15) {
      timer = setTimeout(() => {
        if (!future.done() && future.cancel()) this.#neverStart.add(id);
      }, delay);
    }
    await this.#judge(id, deed, future, payload?.byteLength);
    clearTimeout(timer);
  }

  /**
   * Waits for a call and looks at how it ended.
   *
   * @param {number} id @param {Deed} deed
   * @param {import("../packages/futures/dist/index.js").Future<unknown>} future @param {number} [size]
   */
  async #judge(id, deed, future, size) {
    future.addDoneCallback(() => this.#settled++);
    const error = await future.exception().catch(() => undefined);
    if (future.cancelled()) this.cancelled++;
    else if (error === undefined) this.#checkResult(id, deed, await future.result(), size);
    else if (error instanceof TimeoutError) this.timedOut++;
    else if (error instanceof WorkerCrashedError) {
      this.crashed++;
      if (this.#kind === "threads" && deed !== "exit") this.#complain(id, deed, error);
    } else if (deed === "fail" && /** @type {Error} */ (error).message === `fails: ${id}`)
      this.threw++;
    else this.#complain(id, deed, error);
  }

  /** @param {number} id @param {Deed} deed @param {unknown} result @param {number} [size] */
  #checkResult(id, deed, result, size) {
    this.succeeded++;
    const isRight =
      deed === "large"
        ? Buffer.isBuffer(result) || result instanceof Uint8Array
          ? result.byteLength === size && (size === 0 || result[size - 1] === (id & 255))
          : false
        : result === id ** 2 && deed !== "exit" && deed !== "fail";
    if (!isRight) this.#complain(id, deed, result);
  }

  /** @param {number} id @param {Deed} deed @param {unknown} what */
  #complain(id, deed, what) {
    this.violations.push(`call ${id} (${deed}) gave ${inspect(what, { depth: 1 })}`);
  }

  async #report() {
    const { heap, rss } = await usedMemory();
    this.heaps.push(heap);
    this.sizes.push(rss);
    const { descriptors, handles } = inventory();
    const { queued, workers, restarts } = this.#pool.stats();
    console.log(
      `  ${this.#settled} done, ${this.succeeded} right, ${this.crashed} crashed, ${this.timedOut} timed out, ` +
        `${this.cancelled} cancelled, ${this.threw} threw; ${queued} queued, ${workers} workers, ` +
        `${this.kills} kills, ${restarts} restarts; heap ${inMegabytes(heap)}, rss ${inMegabytes(rss)}, ` +
        `${handles} handles, ${descriptors} descriptors`,
    );
  }

  async #finish() {
    await this.#pool.shutdown();
    await this.#report();
    const { completed, failed, cancelled, workers, queued, running } = this.#pool.stats();
    const { violations } = this;
    if (this.#settled !== this.submitted) {
      violations.push(`${this.submitted} calls, ${this.#settled} ends`);
    }
    if (completed + failed + cancelled !== this.submitted) violations.push("the books are wrong");
    if (workers + queued + running > 0) violations.push("something is left in the pool");
    if (this.crashed > 2 * this.kills) {
      violations.push(`${this.crashed} crashed calls for ${this.kills} kills`);
    }
    this.#checkLog();
    this.#checkMemory();
    rmSync(this.#folder, { recursive: true });
    process.removeAllListeners("warning");
  }

  /** Who has started, and how often. */
  #checkLog() {
    if (statSync(this.#log, { throwIfNoEntry: false }) === undefined) return;
    const log = readFileSync(this.#log);
    const hasStarted = new Uint8Array(this.submitted);
    for (let at = 0; at < log.length; at += 6) {
      const id = log.readUIntLE(at, 6);
      if (hasStarted[id] === 1) this.violations.push(`call ${id} ran twice`);
      if (this.#neverStart.has(id))
        this.violations.push(`call ${id} ran, although it was cancelled`);
      hasStarted[id] = 1;
    }
  }

  /** The last third against the first, without the start and the end. */
  #checkMemory() {
    const [heaps, sizes] = [this.heaps.slice(1, -1), this.sizes.slice(1, -1)];
    const third = Math.floor(heaps.length / 3);
    if (third === 0) return;
    const heap = [mean(heaps.slice(0, third)), mean(heaps.slice(-third))];
    const size = [mean(sizes.slice(0, third)), mean(sizes.slice(-third))];
    const [heapBefore = 0, heapAfter = 0] = heap;
    const [sizeBefore = 0, sizeAfter = 0] = size;
    console.log(
      `  memory of the first and the last third: heap ${heap.map(inMegabytes).join(" and ")}, ` +
        `rss ${size.map(inMegabytes).join(" and ")}`,
    );
    if (heapAfter > heapBefore + 4 * 2 ** 20) this.violations.push("the heap has grown");
    if (sizeAfter > sizeBefore * 1.25 + 32 * 2 ** 20) this.violations.push("the process has grown");
  }
}

/** @param {readonly number[]} numbers */
function mean(numbers) {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}

process.on("uncaughtException", (error) => {
  console.error("an error escaped in this process:", error);
  process.exit(1);
});

/** @type {Kind[]} */
const kinds =
  options.executor === "both" ? ["threads", "processes"] : [/** @type {Kind} */ (options.executor)];
for (const kind of kinds) {
  console.log(`${kind}, ${options.mode}, seed ${options.seed}`);
  const soak = new Soak(kind);
  if (options.mode === "kills") await soak.kills10000();
  else await soak.mixed(Number(options.minutes) * 60_000);
  const { violations, submitted, crashed, kills, warnings } = soak;
  const verdict = violations.length === 0 ? "every promise was kept" : "PROMISES WERE BROKEN";
  console.log(
    `${kind}: ${submitted} calls, ${crashed} crashed for ${kills} kills, ${warnings} late errors: ${verdict}`,
  );
  for (const violation of violations.slice(0, 20)) console.log(`  ${violation}`);
  if (violations.length > 0) process.exitCode = 1;
}
