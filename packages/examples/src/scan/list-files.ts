import type { Dirent } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

/** A file that was found. */
export interface FoundFile {
  readonly path: string;
  /** Bytes; 0 if they could not be told. */
  readonly size: number;
}

/**
 * The files under `folder`, at most `limit` of them, in the order of their names.
 *
 * Links are not followed: a file that they lead to is found where it is, once, and there are no circles.
 * A link that leads nowhere and a folder that cannot be opened are listed as if they were files, so that
 * the attempt to read them tells what is wrong with them. Sockets, pipes and devices are left out.
 */
export async function listFiles(
  folder: string,
  limit: number,
  signal: AbortSignal,
): Promise<FoundFile[]> {
  const files: FoundFile[] = [];
  for await (const file of walk(folder)) {
    if (files.length >= limit || signal.aborted) break;
    files.push(file);
  }
  return files;
}

async function* walk(folder: string): AsyncGenerator<FoundFile> {
  const entries = await open(folder);
  if (entries === undefined) {
    yield { path: folder, size: 0 };
    return;
  }
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* walk(path);
    else if (entry.isFile()) yield { path, size: (await sizeOf(path)) ?? 0 };
    else if (entry.isSymbolicLink() && (await sizeOf(path)) === undefined) yield { path, size: 0 };
  }
}

async function open(folder: string): Promise<Dirent[] | undefined> {
  const entries = await unlessUnreadable(readdir(folder, { withFileTypes: true }));
  return entries?.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** The size of what is at the end of a link. */
async function sizeOf(path: string): Promise<number | undefined> {
  return (await unlessUnreadable(stat(path)))?.size;
}

/** Undefined for what the file system refuses. */
async function unlessUnreadable<T>(attempt: Promise<T>): Promise<T | undefined> {
  try {
    return await attempt;
  } catch (error) {
    if (error instanceof Error && "syscall" in error) return undefined;
    throw error;
  }
}
