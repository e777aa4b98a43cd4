import type { FunctionRecord, PickledError } from "@concurrent/pickle/worker";

/*
 * Every message between a pool and its workers. Threads carry them by structured clone, processes
 * as frames on a pipe (see frame.ts). What is sent once per task lies in flat arrays: a batch of a
 * thousand calls is one message with three entries per call, not a thousand objects.
 *
 * `sequence` numbers the calls sent to one worker; it names the call's claim (claims.ts) and comes
 * back with its outcome.
 */

/**
 * How the arguments of a call are written: as they are; reduced by pickle; or as the rows of a chunk
 * (see arguments.ts), for each of which the function is called.
 */
export const PLAIN = 0;
export const REDUCED = 1;
export const ROWS = 2;
export type Encoding = typeof PLAIN | typeof REDUCED | typeof ROWS;

/**
 * What became of a call: it returned a value, written as it is or reduced by pickle; it threw; it was
 * skipped, because the pool had asked for it back; or, of a chunk, the outcomes of its rows.
 */
export const VALUE = 0;
export const REDUCED_VALUE = 1;
export const ERROR = 2;
export const SKIPPED = 3;
export const ROW_OUTCOMES = 4;
export type OutcomeKind =
  | typeof VALUE
  | typeof REDUCED_VALUE
  | typeof ERROR
  | typeof SKIPPED
  | typeof ROW_OUTCOMES;

/** Numbers a function for one pool, defined for a worker with the first batch that calls it. */
export interface FunctionDefinition {
  readonly index: number;
  readonly name: string;
  readonly record: FunctionRecord;
}

/** The first message to every worker. */
export interface StartMessage {
  readonly type: "start";
  readonly workerId: number;
  readonly initializer: InitializerCall | undefined;
}

/** The initializer, and its arguments as pickled by the pool. */
export interface InitializerCall {
  readonly record: FunctionRecord;
  readonly encoding: Encoding;
  readonly args: unknown;
}

/** Calls to run, in order. */
export interface BatchMessage {
  readonly type: "batch";
  /** Sequence of the first call; the others follow it one by one. */
  readonly first: number;
  readonly functions: readonly FunctionDefinition[];
  /** Four entries per call: function index, {@link Encoding}, arguments, the task's id. */
  readonly calls: readonly unknown[];
  /** Sequences of the calls whose start the pool wants to be told: their time is limited. */
  readonly timed: readonly number[];
}

/** Asks a call that has started to stop. */
export interface AbortMessage {
  readonly type: "abort";
  readonly sequence: number;
  readonly reason: PickledError;
}

/** Leave when the calls sent so far are done. */
interface StopMessage {
  readonly type: "stop";
}

export type PoolMessage = StartMessage | BatchMessage | AbortMessage | StopMessage;

/** The worker has run its initializer and takes calls. */
interface ReadyMessage {
  readonly type: "ready";
}

/** The initializer failed: the worker takes no calls and leaves. */
interface InitializerFailedMessage {
  readonly type: "initializer-failed";
  readonly error: PickledError;
}

/** A call has started of which the pool wants to know. */
interface StartedMessage {
  readonly type: "started";
  readonly sequence: number;
}

/** An error has escaped the running call. The worker ends, with exit code 1. */
interface DyingMessage {
  readonly type: "dying";
  readonly error: PickledError;
}

/** An error has escaped a call that is done. The worker goes on, but should be replaced. */
export interface LateErrorMessage {
  readonly type: "late-error";
  readonly task: string | undefined;
  readonly error: PickledError;
}

/** What became of calls, in the order in which they ended. */
export interface OutcomesMessage {
  readonly type: "outcomes";
  /** Three entries per call: {@link OutcomeKind}, value, sequence. */
  readonly outcomes: unknown[];
  /** Three entries per function: its index, number of calls, milliseconds they ran in all. */
  readonly times: readonly number[];
  /** The worker has dealt with every call before this sequence. */
  readonly next: number;
}

export type WorkerMessage =
  | ReadyMessage
  | InitializerFailedMessage
  | StartedMessage
  | DyingMessage
  | LateErrorMessage
  | OutcomesMessage;
