import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { extname } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";

/** What is known of a file once it has been read. Sizes in bytes. */
export interface FileReport {
  readonly path: string;
  /** In lower case, with its dot; `""` without one. */
  readonly extension: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly lines: number;
  readonly tokens: number;
  /** Its size after brotli. */
  readonly compressed: number;
  /** How long reading and counting took. */
  readonly milliseconds: number;
}

/** As git has it: a NUL byte so near the beginning makes a file binary. */
const SNIFFED_BYTES = 8192;

/** The middle of brotli's range of 0 to 11. */
const BROTLI_QUALITY = 6;

const NEWLINE = 0x0a;

/**
 * Reads one file and counts what is in it. Binary files have no lines and no tokens.
 *
 * This is the work: a plain function of a path that this module exports, so that workers find it by name.
 * It blocks, as its worker has nothing else to do.
 *
 * @throws the error of the file system when the file cannot be read
 */
export function analyzeFile(path: string): FileReport {
  const start = performance.now();
  const content = readFileSync(path);
  const isBinary = content.subarray(0, SNIFFED_BYTES).includes(0);
  return {
    path,
    extension: extname(path).toLowerCase(),
    bytes: content.length,
    sha256: createHash("sha256").update(content).digest("hex"),
    lines: isBinary ? 0 : countLines(content),
    tokens: isBinary ? 0 : countTokens(content.toString("utf8")),
    compressed: compressedSize(content),
    milliseconds: performance.now() - start,
  };
}

/** Lines as an editor numbers them, without an empty one after the last newline. */
function countLines(content: Buffer): number {
  if (content.length === 0) return 0;
  let lines = content.at(-1) === NEWLINE ? 0 : 1;
  for (let at = content.indexOf(NEWLINE); at >= 0; at = content.indexOf(NEWLINE, at + 1)) lines++;
  return lines;
}

/** Words of letters, digits and `_`, of any script. */
function countTokens(text: string): number {
  const word = /[\p{L}\p{N}_]+/gu;
  let tokens = 0;
  // `match` would first make an array of them all, and large files have millions.
  while (word.test(text)) tokens++;
  return tokens;
}

function compressedSize(content: Buffer): number {
  const params = { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY };
  return brotliCompressSync(content, { params }).length;
}
