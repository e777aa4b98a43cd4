import { webcrypto } from "node:crypto";
import { lstatSync, readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, brotliDecompress, constants } from "node:zlib";

/*
 * What the scan should find, computed in another way: nothing is shared with it.
 */

interface Counts {
  files: number;
  bytes: number;
  lines: number;
  tokens: number;
  compressed: number;
}

export interface Expected {
  readonly totals: Counts;
  readonly fingerprint: string;
  readonly extensions: Record<string, Counts>;
}

export async function expectedTotals(folder: string): Promise<Expected> {
  const totals = zero();
  const extensions: Record<string, Counts> = {};
  const hashes = new Map<string, string>();
  for (const path of regularFiles(folder)) {
    const content = await readFile(path);
    const counts = await count(content);
    const extension = /[^.](\.[^.]*)$/.exec(basename(path))?.[1]?.toLowerCase() ?? "";
    for (const sum of [totals, (extensions[extension] ??= zero())]) addTo(sum, counts);
    hashes.set(relative(folder, path), await sha256(content));
  }
  let lines = "";
  for (const path of [...hashes.keys()].toSorted()) lines += `${hashes.get(path)}  ${path}\n`;
  return { totals, extensions, fingerprint: await sha256(Buffer.from(lines)) };
}

function regularFiles(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    const stats = lstatSync(path);
    if (stats.isDirectory()) return regularFiles(path);
    return stats.isFile() ? [path] : [];
  });
}

async function count(content: Buffer): Promise<Counts> {
  const compressed = await promisify(brotliCompress)(content, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 6 },
  });
  const restored = await promisify(brotliDecompress)(compressed);
  if (!restored.equals(content)) throw new Error("brotli lost something");
  const sizes = { files: 1, bytes: content.byteLength, compressed: compressed.byteLength };
  const nul = content.indexOf("\0");
  if (nul >= 0 && nul < 8 * 1024) return { ...sizes, lines: 0, tokens: 0 };
  const text = new TextDecoder().decode(content);
  return {
    ...sizes,
    lines: text === "" ? 0 : text.replace(/\n$/, "").split("\n").length,
    tokens: text.split(/[^\p{Letter}\p{Number}_]+/u).filter((word) => word !== "").length,
  };
}

async function sha256(content: Uint8Array): Promise<string> {
  return Buffer.from(await webcrypto.subtle.digest("SHA-256", content)).toString("hex");
}

function zero(): Counts {
  return { files: 0, bytes: 0, lines: 0, tokens: 0, compressed: 0 };
}

function addTo(sum: Counts, counts: Counts): void {
  for (const key of Object.keys(sum) as (keyof Counts)[]) sum[key] += counts[key];
}
