import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";

/**
 * How many CPUs this process may use: those that its affinity allows, and not more than the quota of
 * its control group (Linux containers, v1 and v2; a part of a CPU counts as one). At least 1.
 *
 * Node's own `os.availableParallelism()` does not know quotas before Node 22.
 *
 * @example
 * ```ts
 * import { cpuCount } from "@concurrent/executor";
 *
 * console.log(cpuCount() >= 1); // true
 * ```
 */
export function cpuCount(): number {
  return Math.max(1, Math.min(availableParallelism(), Math.ceil(cgroupQuota("/"))));
}

/**
 * The CPUs' worth of time that control groups grant, `Infinity` without a limit. `root` is where the
 * file system of the machine begins.
 */
export function cgroupQuota(root: string): number {
  let quota = Infinity;
  for (const line of (read(join(root, "proc/self/cgroup")) ?? "").split("\n")) {
    const [, controllers, path] = line.match(/^\d+:([^:]*):(.*)$/) ?? [];
    if (controllers === undefined || path === undefined) continue;
    if (controllers === "") quota = Math.min(quota, tightest(root, "", path, quotaV2));
    else if (controllers.split(",").includes("cpu")) {
      for (const mount of ["cpu", "cpu,cpuacct"]) {
        quota = Math.min(quota, tightest(root, mount, path, quotaV1));
      }
    }
  }
  return quota;
}

/** The limit of a group and of every group above it. A container may not see its own path. */
function tightest(
  root: string,
  mount: string,
  path: string,
  quotaOf: (folder: string) => number,
): number {
  const top = join(root, "sys/fs/cgroup", mount);
  let quota = quotaOf(top);
  let folder = top;
  for (const part of path.split("/")) {
    folder = join(folder, part);
    quota = Math.min(quota, quotaOf(folder));
  }
  return quota;
}

function quotaV2(folder: string): number {
  const [quota, period] = (read(join(folder, "cpu.max")) ?? "max").trim().split(" ");
  return ratio(Number(quota), Number(period));
}

function quotaV1(folder: string): number {
  const quota = Number(read(join(folder, "cpu.cfs_quota_us")) ?? -1);
  return ratio(quota, Number(read(join(folder, "cpu.cfs_period_us")) ?? 0));
}

function ratio(quota: number, period: number): number {
  return quota > 0 && period > 0 ? quota / period : Infinity;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    // Other systems have no such files, and a container may not be allowed to read them.
    if (error instanceof Error && "syscall" in error) return undefined;
    throw error;
  }
}
