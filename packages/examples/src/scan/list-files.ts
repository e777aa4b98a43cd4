import type { Dirent } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

/** A file that was found. */
export interface FoundFile {
  readonly path: string;
  /** Bytes; 0 if they could not be told. */
  readonly size: number;
  /** When it was last written, in milliseconds since 1970; 0 if that could not be told. */
  readonly modified: number;
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

/** Whether a file was written to, removed or replaced since it was listed. */
export async function hasChanged(file: FoundFile): Promise<boolean> {
  const { size, modified } = await find(file.path);
  return size !== file.size || modified !== file.modified;
}

async function* walk(folder: string): AsyncGenerator<FoundFile> {
  const entries = await open(folder);
  if (entries === undefined) {
    yield unreadable(folder);
    return;
  }
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* walk(path);
    else if (entry.isFile()) yield await find(path);
    else if (entry.isSymbolicLink() && (await leadsNowhere(path))) yield unreadable(path);
  }
}

async function open(folder: string): Promise<Dirent[] | undefined> {
  const entries = await unlessUnreadable(readdir(folder, { withFileTypes: true }));
  return entries?.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

async function find(path: string): Promise<FoundFile> {
  const stats = await unlessUnreadable(stat(path));
  return stats === undefined
    ? unreadable(path)
    : { path, size: stats.size, modified: stats.mtimeMs };
}

function unreadable(path: string): FoundFile {
  return { path, size: 0, modified: 0 };
}

async function leadsNowhere(link: string): Promise<boolean> {
  return (await unlessUnreadable(stat(link))) === undefined;
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
