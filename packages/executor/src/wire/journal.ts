import { SEQUENCE_MASK } from "./claims.ts";
import { encodeFrame } from "./frame.ts";
import { FrameReader } from "./frame-reader.ts";
import type { OutcomeKind } from "./messages.ts";
import { isKind, ProtocolError } from "./protocol-error.ts";

/*
 * Outcomes are sent in batches, so that for about a millisecond a worker holds some that nobody else
 * knows. The journal is where they survive it, whatever ends it: memory or a file that the pool can
 * read after the worker's death. Each outcome is a record:
 *
 *   u32 epoch | u32 sequence | u32 length | u8 kind of outcome | value | u32 sequence
 *
 * The records lie one behind the other from the start. Once the outcomes have been sent, the worker
 * starts again from there with the next epoch: what is left of the last one does not count any more.
 * A record that was cut short lacks its end.
 */

/** Bytes of a worker's journal. */
export const JOURNAL_SIZE = 65_536;

/** Where a record's value begins, and bytes of a record beside its value. */
const HEAD = 13;
const FRAME = HEAD + 4;

/** Where records are kept: shared memory, or a file. */
export interface JournalStore {
  write(bytes: Buffer, length: number, position: number): void;
  /** The whole journal. */
  read(): Buffer;
}

/** The worker's side. */
export class WorkerJournal {
  readonly #store: JournalStore;
  readonly #record = Buffer.alloc(JOURNAL_SIZE);
  #epoch = 1;
  #position = 0;

  constructor(store: JournalStore) {
    this.#store = store;
  }

  /**
   * Keeps the outcome of a call. False: it does not fit, or is none that can be kept.
   * `value` is what structured clone and `v8.serialize` carry alike.
   */
  add(sequence: number, kind: OutcomeKind, value: unknown): boolean {
    const record = this.#record;
    const length = writeValue(record, value);
    const size = length + FRAME;
    if (length < 0 || this.#position + size > JOURNAL_SIZE) return false;
    record.writeUInt32LE(this.#epoch, 0);
    record.writeUInt32LE(sequence, 4);
    record.writeUInt32LE(length, 8);
    record[12] = kind;
    record.writeUInt32LE(sequence, HEAD + length);
    this.#store.write(record, size, this.#position);
    this.#position += size;
    return true;
  }

  /** What has been kept has been sent. */
  clear(): void {
    if (this.#position === 0) return;
    this.#position = 0;
    this.#epoch = (this.#epoch + 1) & SEQUENCE_MASK;
  }
}

/** An outcome that has outlived its worker. */
export interface KeptOutcome {
  readonly sequence: number;
  readonly kind: OutcomeKind;
  readonly value: unknown;
}

/** The outcomes that a worker may not have sent when it died. Some of them it may have. */
export function readJournal(store: JournalStore): KeptOutcome[] {
  const outcomes: KeptOutcome[] = [];
  const bytes = store.read();
  const epoch = bytes.length < FRAME ? 0 : bytes.readUInt32LE(0);
  if (epoch === 0) return outcomes;
  let position = 0;
  while (position + FRAME <= bytes.length) {
    const sequence = bytes.readUInt32LE(position + 4);
    const end = position + HEAD + bytes.readUInt32LE(position + 8);
    const isWhole = end + 4 <= bytes.length && bytes.readUInt32LE(end) === sequence;
    if (bytes.readUInt32LE(position) !== epoch || !isWhole) break;
    const kind = bytes[position + 12] as OutcomeKind;
    const value = readValue(bytes.subarray(position + HEAD, end));
    if (!isKind(kind) || value === UNREADABLE) break;
    outcomes.push({ sequence, kind, value });
    position = end + 4;
  }
  return outcomes;
}

// The values that most small tasks return are written by hand, which is ten times as fast.
const CONSTANTS: readonly unknown[] = [undefined, null, false, true];
const NUMBER = 4;
const SERIALIZED = 5;

/** In the place of a value: there is none. */
const UNREADABLE = Symbol("unreadable");

/** Writes a value behind the head of a record. Its length, or −1 when it is too large. */
function writeValue(record: Buffer, value: unknown): number {
  if (typeof value === "number") {
    record[HEAD] = NUMBER;
    record.writeDoubleLE(value, HEAD + 1);
    return 9;
  }
  const constant = CONSTANTS.indexOf(value);
  if (constant === -1) return writeSerialized(record, value);
  record[HEAD] = constant;
  return 1;
}

function writeSerialized(record: Buffer, value: unknown): number {
  let frame: Buffer[];
  try {
    frame = encodeFrame(value);
  } catch {
    // Only structured clone between threads carries it: a SharedArrayBuffer, say.
    return -1;
  }
  let length = 1;
  for (const { byteLength } of frame) length += byteLength;
  if (length + FRAME > JOURNAL_SIZE) return -1;
  record[HEAD] = SERIALIZED;
  let position = HEAD + 1;
  for (const bytes of frame) position += bytes.copy(record, position);
  return length;
}

function readValue(bytes: Buffer): unknown {
  if (bytes.length === 0) return UNREADABLE;
  const kind = bytes.readUInt8(0);
  if (kind === NUMBER) return bytes.length < 9 ? UNREADABLE : bytes.readDoubleLE(1);
  if (kind !== SERIALIZED) return kind < CONSTANTS.length ? CONSTANTS[kind] : UNREADABLE;
  return readFrame(bytes.subarray(1));
}

/** A worker may have written over its journal before it died. */
function readFrame(bytes: Buffer): unknown {
  let value: unknown = UNREADABLE;
  const reader = new FrameReader((message) => {
    value = message;
  });
  try {
    reader.push(bytes);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
  }
  return value;
}
