import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { cpuCount } from "@concurrent/executor";
import { describe, expect, test } from "vitest";
import { cgroupQuota } from "../dist/cpu-count.js";

/** A file system of nothing but the given files. */
class FakeRoot implements Disposable {
  readonly path: string = mkdtempSync(join(tmpdir(), "root-"));

  constructor(files: Record<string, string>) {
    for (const [name, content] of Object.entries(files)) {
      const file = join(this.path, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
    }
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true });
  }
}

function quotaOf(files: Record<string, string>): number {
  using root = new FakeRoot(files);
  return cgroupQuota(root.path);
}

describe("cpuCount", () => {
  test("is a whole number of CPUs, at least one, and no more than the scheduler grants", () => {
    expect(Number.isInteger(cpuCount())).toBe(true);
    expect(cpuCount()).toBeGreaterThanOrEqual(1);
    expect(cpuCount()).toBeLessThanOrEqual(availableParallelism());
  });
});

describe("cgroupQuota", () => {
  test("is infinite where there are no control groups", () => {
    expect(quotaOf({})).toBe(Infinity);
    expect(quotaOf({ "proc/self/cgroup": "" })).toBe(Infinity);
    expect(quotaOf({ "proc/self/cgroup": "0::/\n" })).toBe(Infinity);
  });

  test("reads version 2: quota and period of the process's own group", () => {
    expect(
      quotaOf({
        "proc/self/cgroup": "0::/user.slice/app\n",
        "sys/fs/cgroup/user.slice/app/cpu.max": "250000 100000\n",
      }),
    ).toBe(2.5);
  });

  test("takes the tightest of the groups above it", () => {
    expect(
      quotaOf({
        "proc/self/cgroup": "0::/a/b/c\n",
        "sys/fs/cgroup/cpu.max": "800000 100000\n",
        "sys/fs/cgroup/a/cpu.max": "150000 100000\n",
        "sys/fs/cgroup/a/b/cpu.max": "max 100000\n",
        "sys/fs/cgroup/a/b/c/cpu.max": "400000 100000\n",
      }),
    ).toBe(1.5);
  });

  test("reads the root of a container that does not see its own path", () => {
    expect(
      quotaOf({
        "proc/self/cgroup": "0::/docker/0123456789\n",
        "sys/fs/cgroup/cpu.max": "50000 100000\n",
      }),
    ).toBe(0.5);
  });

  test("knows no limit where it says max", () => {
    expect(quotaOf({ "proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "max 100000\n" })).toBe(
      Infinity,
    );
  });

  test.each(["cpu", "cpu,cpuacct"])("reads version 1, mounted as %s", (mount) => {
    expect(
      quotaOf({
        "proc/self/cgroup": `12:memory:/app\n4:cpu,cpuacct:/app\n1:name=systemd:/app\n`,
        [`sys/fs/cgroup/${mount}/app/cpu.cfs_quota_us`]: "300000\n",
        [`sys/fs/cgroup/${mount}/app/cpu.cfs_period_us`]: "100000\n",
      }),
    ).toBe(3);
  });

  test("knows no limit where version 1 says -1", () => {
    expect(
      quotaOf({
        "proc/self/cgroup": "4:cpu:/\n",
        "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
        "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
      }),
    ).toBe(Infinity);
  });

  test("takes the tighter where both versions are there", () => {
    expect(
      quotaOf({
        "proc/self/cgroup": "4:cpu:/\n0::/\n",
        "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "400000\n",
        "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
        "sys/fs/cgroup/cpu.max": "200000 100000\n",
      }),
    ).toBe(2);
  });

  test("is not led astray by files that it cannot understand", () => {
    expect(
      quotaOf({
        "proc/self/cgroup": "nonsense\n0::/\n::\n",
        "sys/fs/cgroup/cpu.max": "many few\n",
      }),
    ).toBe(Infinity);
    expect(quotaOf({ "proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "100000 0\n" })).toBe(
      Infinity,
    );
  });
});
