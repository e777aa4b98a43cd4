import type { Writable } from "node:stream";
import { Serializer } from "node:v8";
import { viewKindOf } from "./view-kinds.ts";

/*
 * Messages between a pool and a process, as frames on a pipe:
 *
 *   u32 magic | u32 length of the body | u32 number of parts | u32 length of each part | body | parts
 *
 * The body is V8's serialisation of the message. Large binary values are not copied into it: they
 * follow as parts, written from where they lie and read into buffers of their own.
 */

/** Bytes from which a view travels as a part: below, copying it costs less than another write. */
const PART_SIZE = 16_384;

/** How every frame begins: what somebody else has written to the pipe is not taken for one. */
export const MAGIC = 0x46_52_4d_31;

/** Bytes of a frame's fixed header. */
export const HEADER_SIZE = 12;

/** Node documents these hooks of `v8.Serializer`, but its types leave them out. */
interface SerializerHooks {
  _setTreatArrayBufferViewsAsHostObjects(value: boolean): void;
}

class FrameSerializer extends Serializer {
  readonly parts: Buffer[] = [];

  constructor() {
    super();
    (this as unknown as SerializerHooks)._setTreatArrayBufferViewsAsHostObjects(true);
  }

  /** Called by V8 for each `ArrayBufferView`. */
  _writeHostObject(view: ArrayBufferView): void {
    const bytes = Buffer.from(view.buffer, view.byteOffset, view.byteLength);
    const asPart = bytes.byteLength >= PART_SIZE;
    this.writeUint32(viewKindOf(view));
    this.writeUint32(bytes.byteLength);
    this.writeUint32(asPart ? 1 : 0);
    if (asPart) this.parts.push(bytes);
    else this.writeRawBytes(bytes);
  }
}

/**
 * The buffers of one frame, to be written one after the other. The last ones may be the memory of
 * the message's own buffers.
 *
 * @throws what V8 throws for a value that cannot be cloned; nothing has been written then.
 */
export function encodeFrame(message: unknown): Buffer[] {
  const serializer = new FrameSerializer();
  serializer.writeHeader();
  serializer.writeValue(message);
  const body = serializer.releaseBuffer();
  const { parts } = serializer;

  const headerSize = HEADER_SIZE + 4 * parts.length;
  const inline = parts.length === 0;
  const head = Buffer.allocUnsafe(headerSize + (inline ? body.length : 0));
  head.writeUInt32LE(MAGIC, 0);
  head.writeUInt32LE(body.length, 4);
  head.writeUInt32LE(parts.length, 8);
  for (const [i, part] of parts.entries()) head.writeUInt32LE(part.length, HEADER_SIZE + 4 * i);
  if (!inline) return [head, body, ...parts];
  // One small write instead of two.
  body.copy(head, headerSize);
  return [head];
}

/** Writes a frame, in one system call where the stream can. */
export function writeFrame(stream: Writable, buffers: readonly Buffer[]): void {
  if (buffers.length > 1) stream.cork();
  for (const buffer of buffers) stream.write(buffer);
  if (buffers.length > 1) stream.uncork();
}
