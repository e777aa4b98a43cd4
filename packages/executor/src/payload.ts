import { SerializationError } from "@concurrent/futures";
import { findUncloneable, isReduced, pickleArguments } from "@concurrent/pickle";
import type { PickleValueOptions } from "@concurrent/pickle";
import { encodeRows } from "./wire/arguments.ts";
import { PLAIN, REDUCED, ROWS, type Encoding } from "./wire/messages.ts";

/** What a function is called with, written for the way to a worker. */
export interface EncodedPayload {
  readonly encoding: Encoding;
  readonly data: unknown;
}

/** What a task calls its function with. Read as late as when the task is sent, and again if it is sent again. */
export interface Payload {
  /** @throws SerializationError naming the place of what cannot travel. */
  encode(target: "thread" | "process"): EncodedPayload;
}

/** The arguments of one call. */
export class Arguments implements Payload {
  readonly #args: unknown[];
  readonly #strict: boolean;

  constructor(args: unknown[], strict: boolean) {
    this.#args = args;
    this.#strict = strict;
  }

  encode(target: PickleValueOptions["target"]): EncodedPayload {
    const pickled = pickleArguments(this.#args, { target, strict: this.#strict });
    return isReduced(pickled)
      ? { encoding: REDUCED, data: pickled.payload }
      : { encoding: PLAIN, data: pickled };
  }
}

/** The arguments of several calls of one function, which travel as one. */
export class Rows implements Payload {
  readonly #rows: unknown[][];
  readonly #strict: boolean;

  constructor(rows: unknown[][], strict: boolean) {
    this.#rows = rows;
    this.#strict = strict;
  }

  encode(target: PickleValueOptions["target"]): EncodedPayload {
    return { encoding: ROWS, data: encodeRows(this.#rows, { target, strict: this.#strict }) };
  }
}

/** A payload as it is now: later changes of the arguments are not seen. */
export class Snapshot implements Payload {
  readonly #encoded: EncodedPayload;

  /** @throws SerializationError for what cannot travel. */
  constructor(payload: Payload, target: "thread" | "process") {
    const { encoding, data } = payload.encode(target);
    try {
      this.#encoded = { encoding, data: structuredClone(data) };
    } catch (cause) {
      throw notCloneable(data, cause);
    }
  }

  encode(): EncodedPayload {
    return this.#encoded;
  }
}

/** What arguments are reported as that structured clone refuses, although pickle let them pass. */
export function notCloneable(data: unknown, cause: unknown): SerializationError {
  const place = findUncloneable(data, "arguments");
  return new SerializationError(place ?? `arguments cannot be sent: ${String(cause)}`, { cause });
}
