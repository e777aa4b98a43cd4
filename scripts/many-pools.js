// Makes pools, uses them in different ways and ends them, one after the other, and counts what is
// left. Exit code 1 when there is more after the last than after the first hundred.
//
//   node scripts/many-pools.js [--pools 1000] [--executor both]
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { ProcessPoolExecutor, ThreadPoolExecutor } from "../packages/executor/dist/index.js";
import { spinForEver, work } from "../packages/executor/test/hunt/fixtures/soak-jobs.js";
import { inMegabytes, inventory, usedMemory } from "./processes.js";

const { values: options } = parseArgs({
  options: {
    pools: { type: "string", default: "1000" },
    executor: { type: "string", default: "both" },
  },
});

if (globalThis.gc === undefined) {
  const script = fileURLToPath(import.meta.url);
  const args = ["--expose-gc", "--no-warnings", script, ...process.argv.slice(2)];
  process.exit(spawnSync(process.execPath, args, { stdio: "inherit" }).status ?? 1);
}

/** Pools between two looks. */
const PERIOD = 100;

const folder = mkdtempSync(join(tmpdir(), "many-pools-"));
const log = join(folder, "log");

/** @typedef {import("../packages/executor/dist/index.js").PoolExecutor} PoolExecutor */

/** The lives that a pool can have. @type {((pool: PoolExecutor) => Promise<unknown>)[]} */
const lives = [
  // Never used.
  (pool) => pool.shutdown(),
  // Used.
  async (pool) => {
    const results = await pool.map(Math.sqrt, [1, 4, 9]).toArray();
    if (results.join(" ") !== "1 2 3") throw new Error(`wrong: ${results.join(" ")}`);
    await pool.shutdown();
  },
  // Shut down while everything is still to be done.
  async (pool) => {
    const future = pool.submit(work, log, 1, "wait");
    await pool.shutdown();
    if (future.resultNow() !== 1) throw new Error("wrong");
  },
  // Loses a worker.
  async (pool) => {
    await pool.submit(work, log, 1, "exit").exception();
    await pool.shutdown();
  },
  // Killed while it computes.
  async (pool) => {
    const future = pool.submit(spinForEver);
    while (!future.running()) await new Promise(setImmediate);
    await pool.killWorkers();
    if (!future.cancelled()) throw new Error("not cancelled");
  },
  // Has calls that are told to stop, by a signal and by time.
  async (pool) => {
    const controller = new AbortController();
    const view = pool.withOptions({ signal: controller.signal, timeout: 60_000 });
    const futures = [1, 2, 3].map((id) => view.submit(work, log, id, "listen"));
    controller.abort();
    await Promise.all(futures.map((future) => future.exception().catch(() => undefined)));
    await pool.terminateWorkers();
  },
];

/** What there is now, in numbers. */
async function look() {
  const memory = await usedMemory();
  const files = [...readdirSync("/dev/shm"), ...readdirSync(tmpdir())];
  const ours = files.filter((name) => name.startsWith(`concurrent-${process.pid}`)).length;
  return { ...inventory(), files: ours, ...memory };
}

/** @param {"threads" | "processes"} kind */
async function run(kind) {
  const Pool = kind === "threads" ? ThreadPoolExecutor : ProcessPoolExecutor;
  /** @type {Awaited<ReturnType<typeof look>> | undefined} */
  let before;
  const start = performance.now();
  for (let made = 1; made <= Number(options.pools); made++) {
    await lives[made % lives.length]?.(new Pool({ maxWorkers: 2, killGrace: 20 }));
    if (made % PERIOD !== 0) continue;
    const now = await look();
    const { heap, rss, ...counts } = now;
    const text = Object.entries(counts).map(([name, count]) => `${count} ${name}`);
    console.log(
      `  ${made} pools: ${text.join(", ")}, heap ${inMegabytes(heap)}, rss ${inMegabytes(rss)}`,
    );
    const first = (before ??= now);
    if (made !== Number(options.pools)) continue;
    const seconds = ((performance.now() - start) / 1000).toFixed(0);
    const grown = Object.entries(counts).filter(
      ([name, count]) => count > first[/** @type {keyof typeof counts} */ (name)],
    );
    const problems = grown.map(([name]) => name);
    if (heap > first.heap + 3 * 2 ** 20) problems.push("heap");
    if (rss > first.rss * 1.25 + 32 * 2 ** 20) problems.push("rss");
    const verdict = problems.length === 0 ? "all flat" : `MORE OF: ${problems.join(", ")}`;
    console.log(`${kind}: ${made} pools in ${seconds} s: ${verdict}`);
    if (problems.length > 0) process.exitCode = 1;
  }
}

for (const kind of /** @type {const} */ (["threads", "processes"])) {
  if (options.executor === "both" || options.executor === kind) await run(kind);
}
rmSync(folder, { recursive: true });
