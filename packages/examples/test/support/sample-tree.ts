import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Folders of small files in the tree below: enough for calls to travel in batches. */
const FOLDERS = 12;

export function makeFolder(): string {
  return realpathSync(mkdtempSync(join(tmpdir(), "scan-")));
}

/** Files of all kinds; `unreadable` are those that cannot be read, each with the reason. */
export function makeSampleTree(): { folder: string; unreadable: string[] } {
  const folder = makeFolder();
  const write = (path: string, content: string | Uint8Array): void => {
    const file = join(folder, path);
    mkdirSync(join(file, ".."), { recursive: true });
    writeFileSync(file, content);
  };
  write("empty.txt", "");
  write("newlines.txt", "\n\n\n");
  write("unterminated.TXT", "one two\r\nfoo_bar 42");
  write("scripts.md", "naïve Ünïcode 漢字 и кириллица, ١٢ 🎈 x²\n");
  write("latin1.txt", Buffer.from("caf\xe9 na\xefve \xff\xfe end\n", "latin1"));
  write("no-extension", "#!/bin/sh\necho hello\n");
  write(".hidden", "a=1\n");
  write("binary.bin", Buffer.from([1, 2, 0, 10, 65, 66, 10]));
  write("nul-at-8191.dat", `${"word ".repeat(1638)}.\0 more\n`);
  write("nul-at-8192.dat", `${"word ".repeat(1638)}..\0 more\n`);
  write(
    "large.json",
    JSON.stringify(Array.from({ length: 20_000 }, (_, i) => ({ i, s: `n${i}` }))),
  );
  for (let i = 0; i < FOLDERS * 20; i++) {
    write(`nested/${i % FOLDERS}/deep/er/file-${i}.js`, `const x${i} = ${i};\n`.repeat(i));
  }
  symlinkSync(join(folder, "large.json"), join(folder, "link-to-a-file"));
  symlinkSync(join(folder, "nested"), join(folder, "link-to-a-folder"));
  symlinkSync("..", join(folder, "nested", "circle"));
  symlinkSync("missing", join(folder, "dangling"));
  symlinkSync("itself", join(folder, "nested", "itself"));
  return { folder, unreadable: ["ELOOP nested/itself", "ENOENT dangling"] };
}

/** More work than a test will wait for: one file under many names. */
export function makeLongWork(): { folder: string; files: number } {
  const folder = makeFolder();
  const words = Array.from({ length: 60_000 }, (_, i) => (i * 2_654_435_761) % 1_000_003);
  const first = join(folder, "0.txt");
  writeFileSync(first, words.join(" "));
  const files = 2000;
  for (let i = 1; i < files; i++) linkSync(first, join(folder, `${i}.txt`));
  return { folder, files };
}
