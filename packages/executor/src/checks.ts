import { inspect } from "node:util";

/*
 * Checks of values that users give. A wrong type is a TypeError, a number out of range a RangeError;
 * both name the option and what was got. Undefined stands for an option that was not given.
 */

export function checkCount(name: string, value: number, least: number): number {
  if (value === Infinity && name === "maxTasksPerChild") return value;
  if (typeof value !== "number" || !Number.isInteger(value)) {
    throw new TypeError(`\`${name}\` must be an integer of at least ${least}, ${got(value)}`);
  }
  if (value < least) {
    throw new RangeError(`\`${name}\` must be at least ${least}, got ${value}`);
  }
  return value;
}

/** Milliseconds, `Infinity` included. */
export function checkDuration(name: string, value: number): number {
  if (typeof value !== "number" || Number.isNaN(value)) {
    throw new TypeError(`\`${name}\` must be a number of milliseconds, ${got(value)}`);
  }
  if (value < 0) throw new RangeError(`\`${name}\` must be at least 0 ms, got ${value}`);
  return value;
}

/** Milliseconds that something may take: not none at all. */
export function checkLimit(name: string, value: number): void {
  if (checkDuration(name, value) === 0) {
    throw new RangeError(`\`${name}\` must be more than 0 ms, got 0`);
  }
}

export function checkFunction(name: string, value: unknown): void {
  if (value === undefined || typeof value === "function") return;
  throw new TypeError(`\`${name}\` must be a function, ${got(value)}`);
}

export function checkArray(name: string, value: unknown): void {
  if (value === undefined || Array.isArray(value)) return;
  throw new TypeError(`\`${name}\` must be an array, ${got(value)}`);
}

export function checkString(name: string, value: unknown): void {
  if (value === undefined || typeof value === "string") return;
  throw new TypeError(`\`${name}\` must be a string, ${got(value)}`);
}

export function checkObject(name: string, value: unknown): void {
  if (value === undefined || (typeof value === "object" && value !== null)) return;
  throw new TypeError(`\`${name}\` must be an object, ${got(value)}`);
}

export function got(value: unknown): string {
  return `got ${inspect(value, { depth: 0, breakLength: Infinity })} (${typeof value})`;
}

export function checkBoolean(name: string, value: unknown): void {
  if (value === undefined || typeof value === "boolean") return;
  throw new TypeError(`\`${name}\` must be a boolean, ${got(value)}`);
}

/** Options must be an object whose properties are all known. */
export function checkKnown(what: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`the options of ${what} must be an object, ${got(options)}`);
  }
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || known.includes(name)) continue;
    throw new TypeError(`${what} has no option \`${name}\`; it knows ${known.join(", ")}`);
  }
}

/** By what it can do, as a signal may come from another realm. */
export function checkSignal(value: unknown): void {
  const { aborted, addEventListener } = (value ?? {}) as Partial<AbortSignal>;
  const isSignal = typeof aborted === "boolean" && typeof addEventListener === "function";
  if (value === undefined || isSignal) return;
  throw new TypeError(`\`signal\` must be an AbortSignal, ${got(value)}`);
}

export function checkOneOf(name: string, value: unknown, allowed: readonly string[]): void {
  if (allowed.includes(value as string)) return;
  const list = allowed.map((one) => JSON.stringify(one)).join(", ");
  throw new TypeError(`\`${name}\` must be one of ${list}, ${got(value)}`);
}
