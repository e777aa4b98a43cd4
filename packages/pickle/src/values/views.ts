import { types } from "node:util";

/** What a view may leave unused of its ArrayBuffer before it is copied out of it, in bytes. */
const ALLOWED_WASTE = 4096;

/**
 * Whether sending a view as it is would send much that is not in it: structured clone takes the whole
 * ArrayBuffer along. Small Buffers lie in a pool of 8 to 64 KiB, among other people's bytes.
 */
export function isWasteful(view: ArrayBufferView): boolean {
  const { buffer, byteLength } = view;
  if (types.isSharedArrayBuffer(buffer) || isResizable(buffer)) return false;
  const waste = buffer.byteLength - byteLength;
  return Buffer.isBuffer(view) ? waste > 0 : waste > ALLOWED_WASTE && waste > byteLength;
}

/** The same view over an ArrayBuffer that holds nothing else. */
export function compact<View extends ArrayBufferView>(view: View): View {
  const { buffer, byteOffset, byteLength } = view;
  const bytes = buffer.slice(byteOffset, byteOffset + byteLength);
  if (Buffer.isBuffer(view)) return new Uint8Array(bytes) as unknown as View;
  // The kind of the view, not its class, which may be a user's.
  const kind = Object.prototype.toString.call(view).slice("[object ".length, -1);
  const ViewClass = Reflect.get(globalThis, kind) as new (buffer: ArrayBufferLike) => View;
  return new ViewClass(bytes);
}

/** Detached buffers have no content any more, and no structured clone. */
export function isDetached(buffer: ArrayBufferLike): boolean {
  if (buffer.byteLength > 0 || types.isSharedArrayBuffer(buffer)) return false;
  try {
    return new Uint8Array(buffer).byteLength > 0;
  } catch {
    // `buffer.detached` is missing on Node 20; a view of a detached buffer cannot be made on any.
    return true;
  }
}

function isResizable(buffer: ArrayBufferLike): boolean {
  return "resizable" in buffer && buffer.resizable === true;
}
