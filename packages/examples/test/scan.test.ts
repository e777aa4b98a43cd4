import { rmSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { JsonReport } from "../dist/scan/json-report.js";
import { parseOptions } from "../dist/scan/options.js";
import { scan as scanFolder } from "../dist/scan/scan.js";
import { textReport } from "../dist/scan/text-report.js";
import { expectedTotals } from "./support/expected-totals.ts";
import { Program, scan } from "./support/program.ts";
import { makeFolder, makeLongWork, makeSampleTree } from "./support/sample-tree.ts";

const timeout = 60_000;
const kinds = ["threads", "processes", "none"] as const;

const sample = makeSampleTree();
const expected = expectedTotals(sample.folder);
const folders = [sample.folder];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function parse(stdout: string): JsonReport {
  return JSON.parse(stdout) as JsonReport;
}

describe("the totals", { timeout }, () => {
  it.each(kinds)(
    "on %s are those that other code computes, without the files that cannot be read",
    async (kind) => {
      const { exit, stdout } = await scan("--dir", sample.folder, "--executor", kind, "--json");
      expect(exit).toBe(0);
      const { found, runs } = parse(stdout);
      const [run, ...others] = runs;
      const { totals, fingerprint, extensions } = await expected;
      expect(others).toEqual([]);
      expect(found).toBe(totals.files + sample.unreadable.length);
      expect(run).toMatchObject({ executor: kind, complete: true, totals, fingerprint });
      const byExtension = run!.extensions.map(({ extension, ...counts }) => [extension, counts]);
      expect(Object.fromEntries(byExtension)).toEqual(extensions);
      const failures = run!.failures.map(({ path, code }) => `${code} ${path}`);
      expect(failures.toSorted()).toEqual(sample.unreadable);
    },
  );

  it("are compared, and a summary of all executors says that they agree", async () => {
    const { exit, stdout, stderr } = await scan("--dir", sample.folder, "--workers", "2");
    const { totals } = await expected;
    expect(exit).toBe(0);
    expect(stdout).toMatch(/^totals agree$/m);
    for (const kind of kinds) {
      expect(stdout).toMatch(new RegExp(`^ +${kind} +${totals.files} .* \\d+\\.\\d\\d$`, "m"));
      expect(stderr).toMatch(new RegExp(`^${kind} 1 of .* MB/s, ETA `, "m"));
    }
    expect(stdout).toMatch(/^ +dangling +ENOENT: no such file or directory/m);
  });

  it.runIf(process.platform === "linux")("that differ end the program with 1", async () => {
    // One of these files is another one whenever it is read.
    const { exit, stdout } = await scan("--dir", "/proc/sys/kernel/random");
    expect(exit).toBe(1);
    expect(stdout).toMatch(/^totals DIFFER: .* on \d+ of the files$/m);
    expect(stdout).toMatch(/^ {2}uuid$/m);
  });

  it("of no files at all are 0", async () => {
    const folder = makeFolder();
    folders.push(folder);
    const { exit, stdout } = await scan("--dir", folder);
    expect(exit).toBe(0);
    expect(stdout).toMatch(/^0 files in /);
    expect(stdout).not.toMatch(/NaN|Infinity|undefined/);
  });
});

describe("a file that has vanished since it was listed", { timeout }, () => {
  const all = { workers: 2, limit: Infinity, json: false, help: false };
  const silent = { advance: () => undefined, finish: () => undefined };
  const never = new AbortController().signal;

  it.each(kinds)("is a row of the report, on %s", async (kind) => {
    const folder = makeFolder();
    folders.push(folder);
    for (const name of ["a", "b", "c"]) writeFileSync(join(folder, name), name);
    const result = await scanFolder({ ...all, folder, executors: [kind] }, never, () => {
      unlinkSync(join(folder, "b"));
      return silent;
    });
    const [run] = result.runs;
    expect(run!.reports.map(({ path }) => path).toSorted()).toEqual(["a", "c"]);
    expect(run!.failures).toMatchObject([{ path: "b", code: "ENOENT" }]);
    expect(textReport(result)).toMatch(/^ +b +ENOENT: no such file or directory/m);
  });

  it("between two runs is not blamed on them", async () => {
    const folder = makeFolder();
    folders.push(folder);
    for (const name of ["a", "b"]) writeFileSync(join(folder, name), name);
    const options = { ...all, folder, executors: ["threads", "none"] as const };
    const result = await scanFolder(options, never, (executor) => {
      if (executor === "none") unlinkSync(join(folder, "a"));
      return silent;
    });
    expect(result).toMatchObject({ differences: [], changed: ["a"] });
    expect(textReport(result)).toMatch(
      /^totals agree, apart from files that were changed meanwhile\n {2}a$/m,
    );
  });
});

describe("the options", { timeout }, () => {
  it("--json prints one document, with nothing else on standard output", async () => {
    const { exit, stdout, stderr } = await scan("--dir", sample.folder, "--json", "--workers", "1");
    expect(exit).toBe(0);
    expect(stderr).toMatch(/^threads /m);
    const counts = Object.fromEntries(
      ["files", "bytes", "lines", "tokens", "compressed"].map((key) => [key, expect.any(Number)]),
    );
    expect(parse(stdout)).toEqual({
      folder: sample.folder,
      workers: 1,
      found: expect.any(Number),
      interrupted: false,
      totalsAgree: true,
      differences: [],
      changed: [],
      runs: kinds.map((executor) => ({
        executor,
        complete: true,
        milliseconds: expect.any(Number),
        megabytesPerSecond: expect.any(Number),
        speedUp: expect.any(Number),
        totals: counts,
        fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
        extensions: expect.arrayContaining([{ extension: ".js", ...counts }]),
        slowest: expect.arrayContaining([
          { path: "large.json", bytes: expect.any(Number), milliseconds: expect.any(Number) },
        ]),
        failures: expect.arrayContaining([
          { path: "dangling", code: "ENOENT", message: expect.any(String) },
        ]),
      })),
    });
  });

  it("--limit stops listing, and one run alone has nothing to agree with", async () => {
    const args = ["--dir", sample.folder, "--executor", "none", "--limit", "3", "--json"];
    const report = parse((await scan(...args)).stdout);
    expect(report).toMatchObject({ found: 3, totalsAgree: null });
    expect(report.runs[0]!.speedUp).toBe(1);
  });

  it("--help names every option and does not scan", async () => {
    const { exit, stdout, stderr } = await scan("--", "--help");
    expect(exit).toBe(0);
    expect(stderr).toBe("");
    for (const option of ["dir", "executor", "workers", "limit", "json", "help"]) {
      expect(stdout).toContain(`--${option} `);
    }
  });

  it.each([
    [["--frobnicate"], "--frobnicate"],
    [["--workers"], "--workers"],
    [["--workers", "0"], '--workers must be a positive integer, got "0"'],
    [["--workers", "1.5"], '--workers must be a positive integer, got "1.5"'],
    [["--limit", "many"], '--limit must be a positive integer, got "many"'],
    [["--executor", "fibers"], "--executor must be one of threads, processes, none, both"],
    [["--json=yes"], "--json"],
    [["folder"], "folder"],
    [["--dir", join(sample.folder, "missing")], "ENOENT"],
    [["--dir", join(sample.folder, "empty.txt")], "empty.txt is not a folder"],
  ])("%j are refused", (args, message) => {
    expect(() => parseOptions(args)).toThrow(
      expect.objectContaining({ name: "UsageError", message: expect.stringContaining(message) }),
    );
  });

  it("that are wrong end the program with 2 and a line that says why", async () => {
    const { exit, stdout, stderr } = await scan("--workers", "0");
    expect(exit).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toBe('scan: --workers must be a positive integer, got "0"\nSee --help.\n');
  });
});

describe.skipIf(process.platform === "win32")("Ctrl-C", { timeout }, () => {
  const work = makeLongWork();
  folders.push(work.folder);

  it.each(kinds)("ends a run on %s with what is done so far", async (kind) => {
    const program = new Program("--dir", work.folder, "--executor", kind, "--json");
    await program.saw(/ [1-9]\d* of /);
    program.interrupt();
    expect(await program.exit()).toBe(130);
    expect(program.isAnyoneLeft()).toBe(false);
    const { interrupted, totalsAgree, found, runs } = parse(program.stdout);
    expect({ interrupted, totalsAgree, found }).toEqual({
      interrupted: true,
      totalsAgree: null,
      found: work.files,
    });
    expect(runs).toMatchObject([{ executor: kind, complete: false, speedUp: null, failures: [] }]);
    expect(runs[0]!.totals.files).toBeGreaterThan(0);
    expect(runs[0]!.totals.files).toBeLessThan(work.files);
  });

  it("leaves out the executors whose turn has not come", async () => {
    const program = new Program("--dir", work.folder);
    await program.saw(/^threads [1-9]\d* of /m);
    program.interrupt();
    expect(await program.exit()).toBe(130);
    expect(program.stdout).toMatch(/^INTERRUPTED/);
    expect(program.stdout).toMatch(/^ +threads \(interrupted\) +\d+ /m);
    expect(program.stdout).not.toMatch(/^ +(processes|none) /m);
    expect(program.stdout).not.toContain("totals");
  });
});
