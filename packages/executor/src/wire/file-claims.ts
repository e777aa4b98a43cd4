import { randomUUID } from "node:crypto";
import { closeSync, openSync, readSync, unlinkSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CAPACITY,
  claimWord,
  FINISHED,
  RECALLED,
  SENT,
  slotOf,
  STARTED,
  type ClaimState,
  type PoolClaims,
  type WorkerClaims,
} from "./claims.ts";
import { JOURNAL_SIZE, type JournalStore } from "./journal.ts";

/*
 * Claims and journal of a process. Node gives processes no shared memory, so that the words lie in a small file
 * which both have open: a claim word per slot, written by the child alone, and behind them a recall
 * word per slot, written by the pool alone. A read or write of a word costs about a microsecond.
 *
 * Without compare-and-exchange the sides follow Dekker: each first writes its own word, then reads
 * the other's. At least one of them sees the other, and whoever does gives way: the pool answers
 * "too late", the child skips the call and says so, and a call that both gave up goes back to the
 * head of the queue.
 */

const WORD = 4;
const RECALLS = CAPACITY * WORD;
const JOURNAL = 2 * CAPACITY * WORD;

/** The journal lies behind the words. */
class FileJournal implements JournalStore {
  readonly #fd: number;

  constructor(fd: number) {
    this.#fd = fd;
  }

  write(bytes: Buffer, length: number, position: number): void {
    writeSync(this.#fd, bytes, 0, length, JOURNAL + position);
  }

  read(): Buffer {
    const bytes = Buffer.alloc(JOURNAL_SIZE);
    return bytes.subarray(0, readSync(this.#fd, bytes, 0, JOURNAL_SIZE, JOURNAL));
  }
}

/** The pool's side. `fd` goes to the child. */
export class FileClaims implements PoolClaims {
  readonly fd: number;
  readonly journal: JournalStore;
  readonly #word = Buffer.alloc(WORD);

  constructor(fd: number) {
    this.fd = fd;
    this.journal = new FileJournal(fd);
  }

  offer(): void {
    // The words of earlier calls in these slots carry other sequences.
  }

  recall(sequence: number): boolean {
    this.#word.writeInt32LE(claimWord(sequence, RECALLED));
    writeSync(this.fd, this.#word, 0, WORD, RECALLS + slotOf(sequence) * WORD);
    return this.stateOf(sequence) === SENT;
  }

  stateOf(sequence: number): ClaimState {
    const word = readWord(this.fd, this.#word, slotOf(sequence) * WORD);
    if (word === claimWord(sequence, STARTED)) return STARTED;
    if (word === claimWord(sequence, FINISHED)) return FINISHED;
    return SENT;
  }

  close(): void {
    closeSync(this.fd);
  }
}

/** The child's side. */
export class FileWorkerClaims implements WorkerClaims {
  readonly journal: JournalStore;
  readonly #fd: number;
  readonly #word: Buffer = Buffer.alloc(WORD);

  constructor(fd: number) {
    this.#fd = fd;
    this.journal = new FileJournal(fd);
  }

  start(sequence: number): boolean {
    this.#write(sequence, STARTED);
    const recall = readWord(this.#fd, this.#word, RECALLS + slotOf(sequence) * WORD);
    if (recall !== claimWord(sequence, RECALLED)) return true;
    // Unclaimed again: should this child die now, the call counts as not started.
    this.#write(sequence, SENT);
    return false;
  }

  finish(sequence: number): void {
    this.#write(sequence, FINISHED);
  }

  #write(sequence: number, state: ClaimState): void {
    this.#word.writeInt32LE(claimWord(sequence, state));
    writeSync(this.#fd, this.#word, 0, WORD, slotOf(sequence) * WORD);
  }
}

/**
 * Opens a claims file that has no name any more: nothing is left behind whatever dies.
 * In memory (`/dev/shm`) where there is such a place, else in the temporary directory; undefined
 * where neither can be written.
 */
export function openClaimsFile(): FileClaims | undefined {
  for (const directory of ["/dev/shm", tmpdir()]) {
    const path = join(directory, `concurrent-${process.pid}-${randomUUID()}`);
    try {
      const fd = openSync(path, "wx+", 0o600);
      unlinkSync(path);
      // Takes its room now, so that no later write can find the place full.
      writeSync(fd, Buffer.alloc(JOURNAL + JOURNAL_SIZE));
      return new FileClaims(fd);
    } catch (error) {
      if (!isFileSystemError(error)) throw error;
    }
  }
  return undefined;
}

function isFileSystemError(error: unknown): boolean {
  return error instanceof Error && "syscall" in error;
}

function readWord(fd: number, word: Buffer, position: number): number {
  // Beyond the end of the file nothing has been written yet.
  return readSync(fd, word, 0, WORD, position) === WORD ? word.readInt32LE() : 0;
}
