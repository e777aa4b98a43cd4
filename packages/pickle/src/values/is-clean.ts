import { types } from "node:util";
import { isWasteful } from "./views.ts";

/**
 * Remembering every object costs as much as walking it. Cycles are found among the objects around,
 * as long as there are few of them, and objects that are shared a lot by the sheer number of visits.
 */
const MAX_DEPTH_UNREMEMBERED = 16;
const MAX_VISITS_UNREMEMBERED = 20_000;

/** Holes in an array that are looked at one by one before its keys are listed instead. */
const MAX_HOLES = 1000;

const OBJECT = Object.prototype;

/**
 * Whether a value is made of nothing but primitives and the standard containers, so that structured
 * clone carries it as it is. A quick walk without paths; "no" only means that somebody has to look
 * closer.
 */
export function isClean(value: unknown): boolean {
  return typeof value === "object" ? new CleanWalk().visit(value, 0) : isCleanPrimitive(value);
}

/** Every value that a container may hold without further ado. `null` is one of them. */
export function isCleanPrimitive(value: unknown): boolean {
  return typeof value === "object"
    ? value === null
    : typeof value !== "function" && typeof value !== "symbol";
}

class CleanWalk {
  /** The objects around the one being visited, outermost first; beyond `depth` there are leftovers. */
  readonly #around: object[] = [];
  #visits = 0;
  #remembered: Set<object> | undefined;

  visit(object: object | null, depth: number): boolean {
    if (object === null || this.#wasVisited(object, depth)) return true;
    if (types.isProxy(object)) return false;
    const prototype: unknown = Object.getPrototypeOf(object);
    if (prototype === OBJECT || prototype === null) return this.#visitProperties(object, depth + 1);
    if (Array.isArray(object)) {
      return prototype === Array.prototype && this.#visitArray(object, depth + 1);
    }
    return this.#visitNative(object, prototype, depth + 1);
  }

  #wasVisited(object: object, depth: number): boolean {
    this.#visits += 1;
    if (depth >= MAX_DEPTH_UNREMEMBERED || this.#visits > MAX_VISITS_UNREMEMBERED) {
      this.#remembered ??= new Set();
      if (this.#remembered.has(object)) return true;
      this.#remembered.add(object);
      return false;
    }
    for (let level = 0; level < depth; level += 1) {
      if (this.#around[level] === object) return true;
    }
    this.#around[depth] = object;
    return false;
  }

  #isClean(value: unknown, depth: number): boolean {
    return typeof value === "object"
      ? this.visit(value, depth)
      : typeof value !== "function" && typeof value !== "symbol";
  }

  #visitProperties(object: object, depth: number): boolean {
    for (const key in object) {
      if (!this.#isClean((object as Record<string, unknown>)[key], depth)) return false;
    }
    return true;
  }

  #visitArray(array: readonly unknown[], depth: number): boolean {
    let holes = 0;
    for (let index = 0; index < array.length; index += 1) {
      const value = array[index];
      if (typeof value === "number" || typeof value === "string") continue;
      if (!this.#isClean(value, depth)) return false;
      if (value === undefined && !Object.hasOwn(array, index) && ++holes > MAX_HOLES) {
        return this.#visitProperties(array, depth);
      }
    }
    return true;
  }

  #visitNative(object: object, prototype: unknown, depth: number): boolean {
    switch (prototype) {
      case Map.prototype:
        if (!types.isMap(object)) return false;
        for (const [key, value] of object) {
          if (!this.#isClean(key, depth) || !this.#isClean(value, depth)) return false;
        }
        return true;
      case Set.prototype:
        if (!types.isSet(object)) return false;
        for (const value of object) if (!this.#isClean(value, depth)) return false;
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
