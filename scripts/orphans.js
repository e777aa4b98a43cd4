// Kills programs with process pools by SIGKILL at random moments of their lives, and looks for what
// they leave behind. Exit code 1 when something lives for more than 2 s.
//
//   node scripts/orphans.js [--rounds 50] [--guard both]
//
// --guard  reaper, thread or both: what ends busy workers (the option `orphanGuard`)
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { descendantsOf, isAlive, withVariable } from "./processes.js";

const PROGRAM = fileURLToPath(
  new URL("../packages/executor/test/hunt/fixtures/orphan-parent.mjs", import.meta.url),
);
const LIMIT = 2_000;
const MOMENTS = ["starting", "idle", "busy", "waiting", "batches", "leaving", "stopping"];

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "50" },
    guard: { type: "string", default: "both" },
  },
});

/** Resolves when the program has said a word. @param {import("node:child_process").ChildProcess} program @param {string} word */
async function said(program, word) {
  let text = "";
  for await (const chunk of program.stdout ?? []) {
    text += String(chunk);
    if (text.includes(word)) return;
  }
  throw new Error(`the program ended before it said "${word}"`);
}

/**
 * One program, killed. Milliseconds until the last of its processes had gone, and how many there were.
 *
 * @param {string} moment @param {string} guard @param {number} round
 */
async function killOne(moment, guard, round) {
  const mark = `ORPHANS_ROUND=${process.pid}-${guard}-${round}`;
  const [name = "", value = ""] = mark.split("=");
  const program = spawn(process.execPath, [PROGRAM, moment, guard], {
    env: { ...process.env, [name]: value },
    stdio: ["ignore", "pipe", "ignore"],
  });
  const pid = program.pid ?? 0;
  const exited = once(program, "exit");
  await said(program, moment === "starting" ? "here" : "there");
  // A random moment: of the start that takes some hundred milliseconds, or of what the workers do.
  await delay(Math.random() * (moment === "starting" ? 300 : 30));
  // Nothing new comes while its family is counted.
  process.kill(pid, "SIGSTOP");
  const family = descendantsOf(pid);
  process.kill(pid, "SIGKILL");
  const start = performance.now();
  await exited;
  let left = family;
  while (left.length > 0 && performance.now() - start < LIMIT) {
    await delay(5);
    // Some have been started by the family meanwhile: they have its variable.
    left = [...new Set([...family, ...withVariable(mark)])].filter(isAlive);
  }
  const time = performance.now() - start;
  for (const orphan of left) process.kill(orphan, "SIGKILL");
  return { time, family: family.length, left: left.length };
}

const guards = options.guard === "both" ? ["reaper", "thread"] : [options.guard];
for (const guard of guards) {
  const times = /** @type {number[]} */ ([]);
  let processes = 0;
  let failures = 0;
  for (let round = 0; round < Number(options.rounds); round++) {
    const moment = MOMENTS[round % MOMENTS.length] ?? "idle";
    const { time, family, left } = await killOne(moment, guard, round);
    times.push(time);
    processes += family;
    if (left === 0) continue;
    failures++;
    console.log(`  ${guard}, ${moment}: ${left} of ${family} processes live after ${LIMIT} ms`);
  }
  const slowest = Math.max(...times).toFixed(0);
  console.log(
    `${guard}: ${times.length - failures} of ${times.length} programs (with ${processes} processes) left nothing ` +
      `behind, the slowest after ${slowest} ms`,
  );
  if (failures > 0) process.exitCode = 1;
}
// What the programs could not clean up themselves.
for (const name of readdirSync(tmpdir())) {
  if (name.startsWith("orphans-")) rmSync(join(tmpdir(), name), { recursive: true, force: true });
}
