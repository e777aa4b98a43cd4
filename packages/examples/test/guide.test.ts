import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = new URL("../../../", import.meta.url);
const EXAMPLES = "packages/examples/src/guide/";

/** A file that a guide shows. */
interface Shown {
  readonly guide: string;
  readonly path: string;
  readonly code: string;
  /** What the guide says that it prints: `…` stands for anything within a line. */
  readonly output: string | undefined;
}

function read(path: string): string {
  return readFileSync(new URL(path, ROOT), "utf8");
}

function shownIn(guide: string): Shown[] {
  const blocks = read(guide).matchAll(/^```ts (\S+)\n(.*?)^```$(?:\n\n```text\n(.*?)^```$)?/gms);
  return Array.from(blocks, ([, path = "", code = "", output]) => ({ guide, path, code, output }));
}

const guides = readdirSync(new URL("docs/guide/", ROOT)).map((name) => `docs/guide/${name}`);
const shown = guides.flatMap(shownIn);
const programs = shown.filter(({ path }) => path.startsWith(EXAMPLES));

async function outputOf(path: string): Promise<{ exit: unknown; output: string }> {
  const program = path.replace("/src/", "/dist/").replace(/\.ts$/, ".js");
  const child = spawn(process.execPath, [fileURLToPath(new URL(program, ROOT))]);
  const [stdout, stderr, [exit]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close"),
  ]);
  return { exit, output: stdout + stderr };
}

function asPattern(output: string): RegExp {
  const literal = output.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`);
  return new RegExp(`^${literal.replaceAll("…", ".*")}$`);
}

describe("the guides", { timeout: 60_000 }, () => {
  it("show every example, and each of them once", () => {
    const files = readdirSync(new URL(EXAMPLES, ROOT)).map((name) => EXAMPLES + name);
    expect(programs.map(({ path }) => path).toSorted()).toEqual(files.toSorted());
  });

  it.each(shown)("show $path as it is", ({ path, code }) => {
    expect(code).toBe(read(path));
  });

  it.each(programs)("say what $path prints", async ({ path, output = "" }) => {
    const printed = await outputOf(path);
    expect(printed.output).toMatch(asPattern(output));
    expect(printed.exit).toBe(0);
  });
});
