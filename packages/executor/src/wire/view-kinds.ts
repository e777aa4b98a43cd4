/*
 * The classes of `ArrayBufferView`, by the number that stands for them in a frame. Not all of them
 * exist in every Node version: a class that the reader lacks is an error there.
 */

type ViewClass = new (buffer: ArrayBuffer, byteOffset: number, length: number) => ArrayBufferView;

const NAMES = [
  "Buffer",
  "Uint8Array",
  "Int8Array",
  "Uint8ClampedArray",
  "Int16Array",
  "Uint16Array",
  "Int32Array",
  "Uint32Array",
  "Float32Array",
  "Float64Array",
  "BigInt64Array",
  "BigUint64Array",
  "DataView",
  "Float16Array",
] as const;

const BUFFER = NAMES.indexOf("Buffer");

export function viewKindOf(view: ArrayBufferView): number {
  if (Buffer.isBuffer(view)) return BUFFER;
  const tag = Object.prototype.toString.call(view).slice("[object ".length, -1);
  const kind = NAMES.indexOf(tag as (typeof NAMES)[number]);
  if (kind === -1) throw new TypeError(`cannot send a ${tag} to another process`);
  return kind;
}

/** A view of the given kind over the whole of `bytes`, which must lie at a multiple of eight. */
export function createView(kind: number, bytes: Buffer): ArrayBufferView {
  if (kind === BUFFER) return bytes;
  const name = NAMES[kind];
  const View = (globalThis as unknown as Record<string, ViewClass | undefined>)[name ?? ""];
  if (View === undefined) throw new TypeError(`this Node.js version has no ${name ?? kind}`);
  const size = (View as unknown as { BYTES_PER_ELEMENT?: number }).BYTES_PER_ELEMENT ?? 1;
  return new View(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength / size);
}
