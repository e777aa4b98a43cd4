import { SEQUENCE_MASK } from "./claims.ts";
import { isKind } from "./check-message.ts";

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
  /** A copy of the whole journal. */
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
   * Keeps the outcome of a call: a primitive, or packed bytes. False: it does not fit.
   */
  add(sequence: number, kind: number, value: unknown): boolean {
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
  readonly kind: number;
  readonly value: unknown;
}

/**
 * The outcomes that a worker has not sent, and some that it has. Nobody may write meanwhile: the
 * worker has died, or is in the middle of a call.
 */
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
    const kind = bytes[position + 12];
    const value = readValue(bytes.subarray(position + HEAD, end));
    if (kind === undefined || !isKind(kind) || value === UNREADABLE) break;
    outcomes.push({ sequence, kind, value });
    position = end + 4;
  }
  return outcomes;
}

const CONSTANTS: readonly unknown[] = [undefined, null, false, true];
const NUMBER = 4;
const STRING = 5;
const BYTES = 6;

/** In the place of a value: there is none. */
const UNREADABLE = Symbol("unreadable");

/** Writes a primitive or bytes behind the head of a record. The length, or −1 when there is none. */
function writeValue(record: Buffer, value: unknown): number {
  const start = HEAD + 1;
  if (typeof value === "number") {
    record[HEAD] = NUMBER;
    record.writeDoubleLE(value, start);
    return 9;
  }
  if (typeof value === "string") {
    // As JavaScript has it: UTF-8 would not keep every string.
    if (value.length * 2 + FRAME >= JOURNAL_SIZE) return -1;
    record[HEAD] = STRING;
    return 1 + record.write(value, start, "utf16le");
  }
  if (Buffer.isBuffer(value)) {
    if (value.length + FRAME >= JOURNAL_SIZE) return -1;
    record[HEAD] = BYTES;
    return 1 + value.copy(record, start);
  }
  const constant = CONSTANTS.indexOf(value);
  record[HEAD] = constant;
  return constant === -1 ? -1 : 1;
}

function readValue(bytes: Buffer): unknown {
  if (bytes.length === 0) return UNREADABLE;
  switch (bytes.readUInt8(0)) {
    case NUMBER:
      return bytes.length === 9 ? bytes.readDoubleLE(1) : UNREADABLE;
    case STRING:
      return bytes.toString("utf16le", 1);
    case BYTES:
      return bytes.subarray(1);
    default:
      return bytes.readUInt8(0) < CONSTANTS.length ? CONSTANTS[bytes.readUInt8(0)] : UNREADABLE;
  }
}
