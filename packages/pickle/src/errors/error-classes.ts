import * as futures from "@concurrent/futures/errors";

/** The classes of the language that every runtime has; those that are newer become their ancestor where missing. */
const LANGUAGE_CLASSES: ReadonlySet<string> = new Set([
  "Error",
  "EvalError",
  "RangeError",
  "ReferenceError",
  "SyntaxError",
  "TypeError",
  "URIError",
  "AggregateError",
  "SuppressedError",
  "DOMException",
]);

const FUTURES_BRAND = "@concurrent/futures/";

/**
 * The class as which an error can be rebuilt anywhere: the nearest of its ancestors that belongs to
 * the language, to Node, or to `@concurrent/futures` (then its brand, with the prefix).
 */
export function portableClass(error: object): string {
  for (
    let prototype: unknown = Object.getPrototypeOf(error);
    typeof prototype === "object" && prototype !== null;
    prototype = Object.getPrototypeOf(prototype)
  ) {
    const name = brandOf(prototype) ?? languageClass(prototype);
    if (name !== undefined) return name;
  }
  return "Error";
}

/** A new error of a class that {@link portableClass} named, without a stack of its own. */
export function construct(className: string, message: string, name: string): Error {
  const { stackTraceLimit } = Error;
  // Not an assignment, which throws under `--frozen-intrinsics`; then a stack is taken for nothing.
  Reflect.set(Error, "stackTraceLimit", 0);
  try {
    return constructClass(className, message, name);
  } finally {
    Reflect.set(Error, "stackTraceLimit", stackTraceLimit);
  }
}

function constructClass(className: string, message: string, name: string): Error {
  if (className.startsWith(FUTURES_BRAND)) {
    // Without its constructor: what that would set are fields, and they come along.
    const prototype = futuresPrototype(className.slice(FUTURES_BRAND.length));
    return Object.setPrototypeOf(new Error(message), prototype) as Error;
  }
  const ErrorClass: unknown = Reflect.get(globalThis, className);
  if (!LANGUAGE_CLASSES.has(className) || typeof ErrorClass !== "function") {
    return new Error(message);
  }
  switch (className) {
    case "DOMException":
      return new DOMException(message, name);
    case "AggregateError":
      return new AggregateError([], message);
    case "SuppressedError":
      return Reflect.construct(ErrorClass, [undefined, undefined, message]) as Error;
    default:
      return Reflect.construct(ErrorClass, [message]) as Error;
  }
}

function futuresPrototype(name: string): object {
  const FuturesClass: unknown = Reflect.get(futures, name);
  return typeof FuturesClass === "function"
    ? (FuturesClass.prototype as object)
    : futures.FuturesError.prototype;
}

/** The brand that `@concurrent/futures` puts on the prototypes of its classes, of whichever copy. */
function brandOf(prototype: object): string | undefined {
  for (const symbol of Object.getOwnPropertySymbols(prototype)) {
    const key = Symbol.keyFor(symbol);
    if (key?.startsWith(FUTURES_BRAND)) return key;
  }
  return undefined;
}

function languageClass(prototype: object): string | undefined {
  const constructor: unknown = Object.getOwnPropertyDescriptor(prototype, "constructor")?.value;
  if (typeof constructor !== "function") return undefined;
  const name: unknown = Object.getOwnPropertyDescriptor(constructor, "name")?.value;
  if (typeof name !== "string" || !LANGUAGE_CLASSES.has(name)) return undefined;
  // A user's class of the same name is not it; the same class of another realm is.
  const isNative = Function.prototype.toString.call(constructor).endsWith("[native code] }");
  return isNative || constructor === Reflect.get(globalThis, name) ? name : undefined;
}
