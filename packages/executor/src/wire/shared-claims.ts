import {
  CAPACITY,
  claimWord,
  FINISHED,
  nextSequence,
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
 * Claims and journal of a thread, in shared memory. There is one word per slot. Both sides leave the state SENT only by
 * compare-and-exchange, hence one of them wins.
 */

const WORDS_SIZE = CAPACITY * 4;

/** The journal lies behind the words. */
class SharedJournal implements JournalStore {
  readonly #bytes: Buffer;

  constructor(buffer: SharedArrayBuffer) {
    this.#bytes = Buffer.from(buffer, WORDS_SIZE, JOURNAL_SIZE);
  }

  write(bytes: Buffer, length: number, position: number): void {
    bytes.copy(this.#bytes, position, 0, length);
  }

  read(): Buffer {
    return Buffer.from(this.#bytes);
  }
}

/** The pool's side. `buffer` goes to the thread. */
export class SharedClaims implements PoolClaims {
  readonly buffer: SharedArrayBuffer = new SharedArrayBuffer(WORDS_SIZE + JOURNAL_SIZE);
  readonly journal: JournalStore = new SharedJournal(this.buffer);
  readonly #words = new Int32Array(this.buffer, 0, CAPACITY);

  offer(first: number, count: number): void {
    let sequence = first;
    for (let i = 0; i < count; i++) {
      Atomics.store(this.#words, slotOf(sequence), claimWord(sequence, SENT));
      sequence = nextSequence(sequence);
    }
  }

  recall(sequence: number): boolean {
    const sent = claimWord(sequence, SENT);
    const recalled = claimWord(sequence, RECALLED);
    return Atomics.compareExchange(this.#words, slotOf(sequence), sent, recalled) === sent;
  }

  stateOf(sequence: number): ClaimState {
    return (Atomics.load(this.#words, slotOf(sequence)) & 3) as ClaimState;
  }

  close(): void {
    // The memory goes with its last user.
  }
}

/** The thread's side. */
export class SharedWorkerClaims implements WorkerClaims {
  readonly journal: JournalStore;
  readonly #words: Int32Array;

  constructor(buffer: SharedArrayBuffer) {
    this.#words = new Int32Array(buffer, 0, CAPACITY);
    this.journal = new SharedJournal(buffer);
  }

  start(sequence: number): boolean {
    const sent = claimWord(sequence, SENT);
    const started = claimWord(sequence, STARTED);
    return Atomics.compareExchange(this.#words, slotOf(sequence), sent, started) === sent;
  }

  finish(sequence: number): void {
    Atomics.store(this.#words, slotOf(sequence), claimWord(sequence, FINISHED));
  }
}
