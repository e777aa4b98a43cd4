/*
 * What every engine is asked to run. The executors take the functions themselves, Piscina and the
 * bare pools this module and a name.
 */

/** Where this module is, for engines that take a file. */
export const JOBS: URL = new URL(import.meta.url);

export function noop(index: number): number {
  return index;
}

export function echo(buffer: Uint8Array): Uint8Array {
  return buffer;
}
