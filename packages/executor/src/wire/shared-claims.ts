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

/*
 * Claims of a thread: one word per slot in shared memory. Both sides leave the state SENT only by
 * compare-and-exchange, hence one of them wins.
 */

/** The pool's side. `buffer` goes to the thread. */
export class SharedClaims implements PoolClaims {
  readonly buffer: SharedArrayBuffer = new SharedArrayBuffer(CAPACITY * 4);
  readonly #words = new Int32Array(this.buffer);

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
  readonly #words: Int32Array;

  constructor(buffer: SharedArrayBuffer) {
    this.#words = new Int32Array(buffer);
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
