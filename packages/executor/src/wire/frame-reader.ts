import { Deserializer } from "node:v8";
import { HEADER_SIZE, MAGIC } from "./frame.ts";
import { ProtocolError } from "./protocol-error.ts";
import { createView } from "./view-kinds.ts";

/** More large binary values than a message can have. */
const MAX_PARTS = 1_000_000;

/** A frame whose parts are being filled as the bytes come in. */
interface OpenFrame {
  readonly body: Buffer;
  readonly parts: readonly Buffer[];
  /** Index of the buffer that is being filled: 0 is the body, `i` the part `i - 1`. */
  filling: number;
  /** Bytes that this buffer has so far. */
  filled: number;
}

class FrameDeserializer extends Deserializer {
  readonly #parts: readonly Buffer[];
  #nextPart = 0;

  constructor(body: Buffer, parts: readonly Buffer[]) {
    super(body);
    this.#parts = parts;
  }

  /** Called by V8 for each `ArrayBufferView`. */
  _readHostObject(): ArrayBufferView {
    const kind = this.readUint32();
    const length = this.readUint32();
    const isPart = this.readUint32() === 1;
    return createView(kind, isPart ? this.#takePart() : this.#copyOf(length));
  }

  #takePart(): Buffer {
    const part = this.#parts[this.#nextPart++];
    if (part === undefined) throw new Error("a frame names more parts than it has");
    return part;
  }

  /** A copy, as the body's memory is shared and typed arrays need theirs aligned. */
  #copyOf(length: number): Buffer {
    const copy = Buffer.allocUnsafeSlow(length);
    this.readRawBytes(length).copy(copy);
    return copy;
  }
}

/**
 * Cuts a stream of bytes into the messages that {@link encodeFrame} wrote. Large frames are read
 * straight into the memory in which they stay.
 */
export class FrameReader {
  readonly #onMessage: (message: unknown) => void;
  // Invariant: at most one of the two holds bytes. `#rest` is a start of a frame that is too short
  // to tell or to read; `#open` is a frame whose sizes are known.
  #rest: Buffer | undefined;
  #open: OpenFrame | undefined;

  constructor(onMessage: (message: unknown) => void) {
    this.#onMessage = onMessage;
  }

  /** @throws ProtocolError when the bytes are no frames. What follows cannot be read any more. */
  push(bytes: Buffer): void {
    let chunk = bytes;
    if (this.#rest !== undefined) {
      chunk = Buffer.concat([this.#rest, bytes]);
      this.#rest = undefined;
    }
    let offset = 0;
    while (offset < chunk.length || this.#open !== undefined) {
      const next: number | undefined =
        this.#open === undefined
          ? this.#readFrame(chunk, offset)
          : this.#fill(this.#open, chunk, offset);
      if (next === undefined) return;
      offset = next;
    }
  }

  /** Where the next frame starts; undefined when the chunk ends before. */
  #readFrame(chunk: Buffer, start: number): number | undefined {
    const available = chunk.length - start;
    if (available < HEADER_SIZE) return this.#keep(chunk, start);
    if (chunk.readUInt32LE(start) !== MAGIC) throw new ProtocolError("there are bytes of no frame");
    const bodyLength = chunk.readUInt32LE(start + 4);
    const partCount = chunk.readUInt32LE(start + 8);
    if (partCount > MAX_PARTS) throw new ProtocolError(`a frame has ${partCount} parts`);
    const headerSize = HEADER_SIZE + 4 * partCount;
    if (available < headerSize) return this.#keep(chunk, start);

    const bodyStart = start + headerSize;
    if (partCount === 0 && available >= headerSize + bodyLength) {
      const end = bodyStart + bodyLength;
      this.#deliver(chunk.subarray(bodyStart, end), []);
      return end;
    }
    const parts = Array.from({ length: partCount }, (_, i) =>
      allocate(chunk.readUInt32LE(start + HEADER_SIZE + 4 * i)),
    );
    this.#open = { body: allocate(bodyLength), parts, filling: 0, filled: 0 };
    return bodyStart;
  }

  #fill(frame: OpenFrame, chunk: Buffer, start: number): number | undefined {
    let offset = start;
    while (frame.filling <= frame.parts.length) {
      const target = frame.filling === 0 ? frame.body : (frame.parts[frame.filling - 1] as Buffer);
      const copied = chunk.copy(target, frame.filled, offset);
      offset += copied;
      frame.filled += copied;
      if (frame.filled < target.length) return undefined;
      frame.filling++;
      frame.filled = 0;
    }
    this.#open = undefined;
    this.#deliver(frame.body, frame.parts);
    return offset;
  }

  #keep(chunk: Buffer, start: number): undefined {
    this.#rest = chunk.subarray(start);
  }

  #deliver(body: Buffer, parts: readonly Buffer[]): void {
    this.#onMessage(decode(body, parts));
  }
}

function decode(body: Buffer, parts: readonly Buffer[]): unknown {
  try {
    const deserializer = new FrameDeserializer(body, parts);
    deserializer.readHeader();
    return deserializer.readValue();
  } catch (cause) {
    throw new ProtocolError("a frame cannot be read", { cause });
  }
}

function allocate(size: number): Buffer {
  try {
    return Buffer.allocUnsafeSlow(size);
  } catch (cause) {
    throw new ProtocolError(`a frame of ${size} bytes cannot be read`, { cause });
  }
}
