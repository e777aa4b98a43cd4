import {
  isReduced,
  pickleArguments,
  pickleError,
  unpickleValue,
  type PickleValueOptions,
} from "@concurrent/pickle/worker";
import { PLAIN, REDUCED, type Encoding } from "./messages.ts";
import { PACKED, unpack } from "./packed.ts";

/*
 * The rows of a chunk: the arguments of several items of `map` that travel as one call. Two entries
 * per row: how it is written, and the arguments. A row that cannot travel is written as its error,
 * which then is its outcome, so that it does not fail its neighbours.
 */

/** How a row is written. */
export type RowEncoding = typeof PLAIN | typeof REDUCED | typeof REFUSED;

/** In the place of a row: why it cannot travel. */
export const REFUSED = -1;

export function encodeRows(rows: readonly unknown[][], options: PickleValueOptions): unknown[] {
  const entries: unknown[] = [];
  for (const row of rows) {
    try {
      const pickled = pickleArguments(row, options);
      if (isReduced(pickled)) entries.push(REDUCED, pickled.payload);
      else entries.push(PLAIN, pickled);
    } catch (error) {
      entries.push(REFUSED, pickleError(error));
    }
  }
  return entries;
}

/** The arguments of a call or of a row. */
export function decodeArguments(encoding: number, args: unknown): unknown[] {
  const data = unpackArguments(encoding, args);
  return (baseOf(encoding) === REDUCED ? unpickleValue(data) : data) as unknown[];
}

/** What has been packed, unpacked. */
export function unpackArguments(encoding: number, args: unknown): unknown {
  return (encoding & PACKED) === 0 ? args : unpack(args as Uint8Array);
}

/** How the arguments are written, packed or not. */
export function baseOf(encoding: number): Encoding {
  return (encoding & ~PACKED) as Encoding;
}
