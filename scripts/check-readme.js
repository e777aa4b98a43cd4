// Every code block of the documentation that names a file must be that file, so that what is shown
// has run. A block names its file on the fence: ```ts packages/examples/src/readme/main.ts
// The ```text block behind it, if there is one, must be what that program prints; `…` stands for
// anything within a line.
import { spawnSync } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const root = new URL("../", import.meta.url);

/** @param {string} document @param {string} complaint */
function complain(document, complaint) {
  console.error(`${document} ${complaint}`);
  process.exitCode = 1;
}

/** @param {string} path */
function outputOf(path) {
  const program = path.replace("/src/", "/dist/").replace(/\.ts$/, ".js");
  const { stdout, stderr } = spawnSync(process.execPath, [program], {
    cwd: fileURLToPath(root),
    encoding: "utf8",
  });
  return stdout + stderr;
}

/** @param {string} text */
function asPattern(text) {
  const literal = text.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`);
  return new RegExp(`^${literal.replaceAll("…", ".*")}$`);
}

const guides = await readdir(new URL("docs/", root), { recursive: true });
const documents = ["README.md", ...guides.map((name) => `docs/${name}`)];

for (const document of documents.filter((name) => name.endsWith(".md"))) {
  const text = await readFile(new URL(document, root), "utf8");
  const blocks = text.matchAll(/^```ts (\S+)\n(.*?)^```$(?:\n\n```text\n(.*?)^```$)?/gms);
  for (const [, path = "", shown, output] of blocks) {
    const file = await readFile(new URL(path, root), "utf8");
    if (shown !== file) complain(document, `shows a different ${path}`);
    if (output === undefined) continue;
    const printed = outputOf(path);
    if (!asPattern(output).test(printed)) complain(document, `expects of ${path}:\n${printed}`);
  }
}
