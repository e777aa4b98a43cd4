/**
 * A value in which some parts had to be replaced, as plain data that structured clone carries.
 *
 * `root` is a copy of the value with `null` in the places of those parts; `places` says which part
 * belongs where. Holders are objects of the copy itself: structured clone keeps identity within one
 * message, so the receiver walks nothing and no user data can be mistaken for a mark of ours.
 */
export interface Payload {
  root: unknown;
  readonly parts: Part[];
  readonly places: Place[];
}

/** Part number `part` is the property `key` of `holder`. */
type Place = readonly [holder: object, key: string, part: number];

/** What structured clone would lose or refuse, taken apart. */
export type Part = BufferPart | UrlPart | MapPart | SetPart | ErrorPart;

interface BufferPart {
  readonly kind: "buffer";
  readonly bytes: Uint8Array;
}

interface UrlPart {
  readonly kind: "url";
  readonly href: string;
}

/** Maps and Sets of a value with parts: their keys cannot be replaced in place. */
export interface MapPart {
  readonly kind: "map";
  readonly keys: unknown[];
  readonly values: unknown[];
}

export interface SetPart {
  readonly kind: "set";
  readonly values: unknown[];
}

export interface ErrorPart {
  readonly kind: "error";
  /** The nearest ancestor that every runtime has. */
  readonly class: string;
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** Own enumerable properties. */
  readonly fields: Record<string, unknown>;
  /** Properties that are not enumerable, such as `cause` and `errors`. */
  readonly hidden: Record<string, unknown>;
}

/** Marks a value that was taken apart, on the sending side. Send `payload`, and say that it is one. */
export class Reduced {
  readonly payload: Payload;

  constructor(payload: Payload) {
    this.payload = payload;
  }
}

/** Whether `pickleValue` had to take the value apart. */
export function isReduced(value: unknown): value is Reduced {
  return value instanceof Reduced;
}

/** `__proto__` is a property like any other in data, but not in an assignment. */
export function setOwn(holder: object, key: string, value: unknown): void {
  if (key === "__proto__") {
    Object.defineProperty(holder, key, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    });
  } else {
    (holder as Record<string, unknown>)[key] = value;
  }
}
