// What is known of processes, on Linux.
import { readdirSync, readFileSync } from "node:fs";

/** A file of /proc; "" when the process has gone meanwhile. @param {string} path */
function read(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** @param {number} pid @returns {number[]} */
export function childrenOf(pid) {
  let threads;
  try {
    threads = readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
  const lists = threads.map((thread) => read(`/proc/${pid}/task/${thread}/children`));
  return lists.flatMap((list) => list.split(" ").filter(Boolean).map(Number));
}

/** @param {number} pid @returns {number[]} */
export function descendantsOf(pid) {
  const children = childrenOf(pid);
  return children.concat(...children.map(descendantsOf));
}

/** Whether a process runs. One that has ended and that nobody has asked after does not. @param {number} pid */
export function isAlive(pid) {
  const state = /^State:\s+(\w)/m.exec(read(`/proc/${pid}/status`))?.[1];
  return state !== undefined && !"ZX".includes(state);
}

/** The workers of process pools among the children of this process. @returns {number[]} */
export function workersOfMine() {
  const children = childrenOf(process.pid);
  return children.filter((pid) => read(`/proc/${pid}/cmdline`).includes("process-main.js"));
}

/** The processes that have a variable in their environment. @param {string} variable */
export function withVariable(variable) {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => read(`/proc/${pid}/environ`).includes(variable));
}

/** The heap and the memory outside of it that is in use, after all garbage has been collected. */
export async function usedMemory() {
  if (globalThis.gc === undefined) throw new Error("run with --expose-gc");
  for (let round = 0; round < 4; round++) {
    await new Promise(setImmediate);
    globalThis.gc();
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: heapUsed + external, rss };
}

/** @param {number} bytes */
export function inMegabytes(bytes) {
  return `${(bytes / 2 ** 20).toFixed(1)} MB`;
}

/** What there is of this process's own that can leak. */
export function inventory() {
  return {
    descriptors: readdirSync("/proc/self/fd").length,
    threads: readdirSync("/proc/self/task").length,
    children: childrenOf(process.pid).length,
    handles: process.getActiveResourcesInfo().length,
    listeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
  };
}
