import { encodeFrame } from "./frame.ts";
import { FrameReader } from "./frame-reader.ts";

/*
 * Calls and outcomes that share a message must not share anything else: structured clone keeps the
 * identity of objects within a message, so that two calls with one argument would see each other's
 * changes, and a result that a later call changes would change before it is sent. Objects are
 * therefore packed into bytes of their own, which the flag on the encoding or the kind tells.
 */

export const PACKED = 8;

/** Bytes up to which a value is packed. Larger ones are better off in a message of their own. */
const LIMIT = 32_768;

/** Whether a value shares nothing with others by nature. */
export function isPrimitive(value: unknown): boolean {
  return value === null || typeof value !== "object";
}

/** The value as bytes. Undefined when there are too many, or the value is none for `v8.serialize`. */
export function pack(value: unknown): Buffer | undefined {
  let frame: Buffer[];
  try {
    frame = encodeFrame(value);
  } catch {
    // Only structured clone between threads carries it: a SharedArrayBuffer, say.
    return undefined;
  }
  let length = 0;
  for (const { byteLength } of frame) length += byteLength;
  if (length > LIMIT) return undefined;
  // Not from Node's pool, which would be cloned whole.
  const bytes = Buffer.allocUnsafeSlow(length);
  let position = 0;
  for (const part of frame) position += part.copy(bytes, position);
  return bytes;
}

/** @throws ProtocolError when the bytes are no packed value */
export function unpack(bytes: Uint8Array): unknown {
  let value: unknown;
  const reader = new FrameReader((message) => {
    value = message;
  });
  reader.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  return value;
}
