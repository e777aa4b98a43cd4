import type { JournalStore } from "./journal.ts";

/*
 * Who decides that a call which has been sent runs, or does not? Each call in flight has a claim,
 * and exactly one side wins it: the worker just before it starts the call, or the pool that wants it
 * back (cancel, or an idle worker that could run it sooner). After a worker's death its claims tell
 * which calls had not started (they run elsewhere), which one was running, and which had finished.
 *
 * A claim is a word that holds the call's sequence beside its state, so that the word of an earlier
 * call in the same slot is never taken for this one's and slots need no clearing.
 */

/** Calls that may be in flight to one worker. A power of two. */
export const CAPACITY = 4096;

/** Sequences count up to this and start again: with the state they fill an unsigned 32-bit word. */
export const SEQUENCE_MASK = 0x3fff_ffff;

export const SENT = 0;
export const STARTED = 1;
export const FINISHED = 2;
export const RECALLED = 3;
export type ClaimState = typeof SENT | typeof STARTED | typeof FINISHED | typeof RECALLED;

export function slotOf(sequence: number): number {
  return sequence & (CAPACITY - 1);
}

/** The word of a call in a state, as a signed 32-bit integer, which is what both media hold. */
export function claimWord(sequence: number, state: ClaimState): number {
  return (sequence << 2) | state;
}

export function nextSequence(sequence: number): number {
  return (sequence + 1) & SEQUENCE_MASK;
}

/** The pool's side of one worker's claims. */
export interface PoolClaims {
  /** Where the worker keeps outcomes that it has not sent. */
  readonly journal: JournalStore;
  /** Before a batch is sent: its calls, `first` and the following, are the worker's to claim. */
  offer(first: number, count: number): void;
  /** Asks for a call back. True: it will never start there. False: it has started, or is about to. */
  recall(sequence: number): boolean;
  /** What the worker has done with a call. */
  stateOf(sequence: number): ClaimState;
  /** Frees what the claims hold. The worker has gone. */
  close(): void;
}

/** The worker's side of its claims. */
export interface WorkerClaims {
  readonly journal: JournalStore;
  /** Claims a call. False: the pool has asked for it back; it must not run. */
  start(sequence: number): boolean;
  /** Marks a call as done whose outcome is not in the journal. */
  finish(sequence: number): void;
}
