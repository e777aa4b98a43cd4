// Every README code block that names a file must be that file, so that what is shown has run.
// A block names its file on the fence: ```ts packages/examples/src/demo.ts
import { readFile } from "node:fs/promises";

const root = new URL("../", import.meta.url);
const readme = await readFile(new URL("README.md", root), "utf8");

for (const [, path = "", shown] of readme.matchAll(/^```ts (\S+)\n(.*?)^```$/gms)) {
  const file = await readFile(new URL(path, root), "utf8");
  if (shown !== file) {
    console.error(`README.md shows a different ${path}`);
    process.exitCode = 1;
  }
}
