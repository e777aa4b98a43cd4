import { types } from "node:util";
import { isWasteful } from "./views.ts";

/** Objects that are looked at before visited ones are remembered: most arguments are smaller. */
const UNREMEMBERED = 100;

/** Holes in an array that are looked at one by one before its keys are listed instead. */
const MAX_HOLES = 1000;

const OBJECT = Object.prototype;

/**
 * Whether a value is made of nothing but primitives and the standard containers, so that structured
 * clone carries it as it is. A quick walk without paths; "no" only means that somebody has to look
 * closer.
 */
export function isClean(value: unknown): boolean {
  return isCleanPrimitive(value) || (typeof value === "object" && new CleanWalk().visit(value));
}

/** Every value that a container may hold without further ado. `null` is one of them. */
export function isCleanPrimitive(value: unknown): boolean {
  switch (typeof value) {
    case "object":
      return value === null;
    case "function":
    case "symbol":
      return false;
    default:
      return true;
  }
}

class CleanWalk {
  // Cycles end because visited objects are remembered in the end; until then the count runs down.
  #unremembered = UNREMEMBERED;
  readonly #visited = new Set<object>();

  visit(object: object | null): boolean {
    if (object === null) return true;
    if (this.#unremembered > 0) {
      this.#unremembered -= 1;
    } else {
      if (this.#visited.has(object)) return true;
      this.#visited.add(object);
    }
    if (types.isProxy(object)) return false;
    const prototype: unknown = Object.getPrototypeOf(object);
    if (prototype === OBJECT || prototype === null) return this.#visitProperties(object);
    if (Array.isArray(object)) return prototype === Array.prototype && this.#visitArray(object);
    return this.#visitNative(object, prototype);
  }

  #isClean(value: unknown): boolean {
    return typeof value === "object" ? this.visit(value) : isCleanPrimitive(value);
  }

  #visitProperties(object: object): boolean {
    for (const key in object) {
      if (!this.#isClean((object as Record<string, unknown>)[key])) return false;
    }
    return true;
  }

  #visitArray(array: readonly unknown[]): boolean {
    let holes = 0;
    for (let index = 0; index < array.length; index += 1) {
      const value = array[index];
      if (typeof value === "number" || typeof value === "string") continue;
      if (!this.#isClean(value)) return false;
      if (value === undefined && !Object.hasOwn(array, index) && ++holes > MAX_HOLES) {
        return this.#visitProperties(array);
      }
    }
    return true;
  }

  #visitNative(object: object, prototype: unknown): boolean {
    switch (prototype) {
      case Map.prototype:
        if (!types.isMap(object)) return false;
        for (const [key, value] of object) {
          if (!this.#isClean(key) || !this.#isClean(value)) return false;
        }
        return true;
      case Set.prototype:
        if (!types.isSet(object)) return false;
        for (const value of object) if (!this.#isClean(value)) return false;
        return true;
      case Date.prototype:
        return types.isDate(object);
      case RegExp.prototype:
        return types.isRegExp(object);
      case ArrayBuffer.prototype:
        // An empty one may be detached.
        return types.isArrayBuffer(object) && object.byteLength > 0;
      default:
        return (
          types.isTypedArray(object) &&
          !Buffer.isBuffer(object) &&
          types.isArrayBuffer(object.buffer) &&
          object.byteLength > 0 &&
          Object.getPrototypeOf(prototype) === Object.getPrototypeOf(Uint8Array.prototype) &&
          !isWasteful(object)
        );
    }
  }
}
