import { types } from "node:util";
import { isClean, isCleanPrimitive } from "./is-clean.ts";
import {
  className,
  impossibleKind,
  isBaseInstance,
  isLeaf,
  isPlainObject,
  isThreadOnly,
  type Target,
} from "./kinds.ts";
import { formatPath, type Step } from "./path.ts";
import { type Part, type Payload, setOwn } from "./payload.ts";
import { compact, isDetached, isWasteful } from "./views.ts";

/** What to do with what cannot travel as it is. */
export interface Policy {
  readonly strict: boolean;
  readonly target: Target;
  /** Buffers that will be moved, not copied: their views stay as they are. */
  readonly transfer: ReadonlySet<unknown>;
  /** Gives what to send instead of something that cannot travel, or throws. */
  refuse(what: string, path: () => string, value: unknown, cause?: unknown): unknown;
  /** Takes an error apart. */
  reduceError(error: object, reducer: Reducer): Part;
}

/** Stands for a part until it is put into its place. */
class PartRef {
  readonly part: number;

  constructor(part: number) {
    this.part = part;
  }
}

/**
 * How deep whole subtrees are looked for that need no copy. Deeper, each look would be one more walk
 * over what a look from above has walked already.
 */
const MAX_CLEAN_DEPTH = 2;

/**
 * Copies a value, taking the parts out that structured clone would lose.
 *
 * An object is kept as it is only when nothing that can be reached from it needs to be taken out, and
 * copied once otherwise. So the copy never leads back to an original with such a part: cycles and
 * shared objects are in the copy what they were in the value.
 */
export class Reducer {
  readonly payload: Payload = { root: null, parts: [], places: [] };
  /** Whether the copy differs from the value in anything that structured clone would have kept or refused. */
  isChanged = false;

  readonly #policy: Policy;
  readonly #root: string;
  /** What each object of the value became: its copy, itself, or a part. */
  readonly #copies = new Map<object, unknown>();
  /** The way to the value being visited. */
  readonly #steps: Step[] = [];

  constructor(root: string, policy: Policy) {
    this.#root = root;
    this.#policy = policy;
  }

  /** Copies `value` into `holder[key]`, or notes which part belongs there. */
  put(holder: object, key: string, value: unknown, step: Step = key): void {
    if (isCleanPrimitive(value)) {
      setOwn(holder, key, value);
      return;
    }
    this.#steps.push(step);
    this.#place(holder, key, this.#copy(value));
    this.#steps.pop();
  }

  /** Copies the whole value. */
  putRoot(value: unknown): void {
    this.#place(this.payload, "root", this.#copy(value));
  }

  /** Reads a property, which may be an accessor that throws. */
  read(object: object, key: string): unknown {
    try {
      return Reflect.get(object, key);
    } catch (error) {
      const path = () => formatPath(this.#root, [...this.#steps, key]);
      return this.#policy.refuse("could not be read", path, undefined, error);
    }
  }

  /** How many steps the visited value is from the root. */
  get depth(): number {
    return this.#steps.length;
  }

  #place(holder: object, key: string, copy: unknown): void {
    if (copy instanceof PartRef) {
      // Holds the place in the order of keys.
      setOwn(holder, key, null);
      this.payload.places.push([holder, key, copy.part]);
    } else {
      setOwn(holder, key, copy);
    }
  }

  #copy(value: unknown): unknown {
    if (typeof value === "function") return this.#refuse("is a function", value);
    if (typeof value === "symbol") return this.#refuse("is a symbol", value);
    if (typeof value !== "object" || value === null) return value;
    const known = this.#copies.get(value);
    return known ?? this.#copyObject(value);
  }

  #copyObject(value: object): unknown {
    if (types.isProxy(value)) return this.#refuse("is a Proxy; send a plain copy of it", value);
    if (this.#steps.length <= MAX_CLEAN_DEPTH && isCleanForCertain(value)) {
      return this.#remember(value, value);
    }
    if (Array.isArray(value)) return this.#copyArray(value);
    if (types.isMap(value)) return this.#copyMap(value);
    if (types.isSet(value)) return this.#copySet(value);
    if (ArrayBuffer.isView(value)) return this.#copyView(value);
    if (types.isAnyArrayBuffer(value)) return this.#copyBuffer(value);
    if (types.isNativeError(value) || value instanceof Error) return this.#takeError(value);
    if (isPlainObject(value)) return this.#copyProperties(value);
    return this.#copyInstance(value);
  }

  #copyProperties(object: object): object {
    const copy = this.#remember(object, {});
    for (const key of Object.keys(object)) this.put(copy, key, this.read(object, key));
    return copy;
  }

  #copyArray(array: readonly unknown[]): unknown {
    if (!this.#isBase(array)) return this.#refuseInstance(array);
    if (array.every(isCleanPrimitive)) return this.#remember(array, array);
    const copy = this.#remember(array, [] as unknown[]);
    copy.length = array.length;
    // By keys: holes stay holes, and arrays may have other properties, as matches of regexes do.
    for (const key of Object.keys(array)) this.put(copy, key, this.read(array, key));
    return copy;
  }

  #copyMap(map: ReadonlyMap<unknown, unknown>): unknown {
    if (!this.#isBase(map)) return this.#refuseInstance(map);
    const part: Part = { kind: "map", keys: [], values: [] };
    const ref = this.#add(map, part);
    for (const [key, value] of map) {
      const index = String(part.keys.length);
      this.put(part.keys, index, key, { of: "keys", at: index });
      this.put(part.values, index, value, { of: "get", at: key });
    }
    return ref;
  }

  #copySet(set: ReadonlySet<unknown>): unknown {
    if (!this.#isBase(set)) return this.#refuseInstance(set);
    const part: Part = { kind: "set", values: [] };
    const ref = this.#add(set, part);
    for (const value of set) {
      const index = String(part.values.length);
      this.put(part.values, index, value, { of: "values", at: index });
    }
    return ref;
  }

  #copyView(view: ArrayBufferView): unknown {
    const isShared = types.isSharedArrayBuffer(view.buffer);
    if (isShared && this.#policy.target === "process") {
      return this.#refuse("is backed by a SharedArrayBuffer, which only threads can share", view);
    }
    if (isDetached(view.buffer)) return this.#refuse("is a view of a detached ArrayBuffer", view);
    const isMoved = this.#policy.transfer.has(view.buffer);
    const isKept = isMoved || !isWasteful(view);
    if (Buffer.isBuffer(view)) {
      this.isChanged = true;
      return this.#add(view, { kind: "buffer", bytes: isKept ? view : compact(view) });
    }
    if (!this.#isBase(view)) return this.#refuseInstance(view);
    if (isKept) return this.#remember(view, view);
    this.isChanged = true;
    return this.#remember(view, compact(view));
  }

  #copyBuffer(buffer: ArrayBufferLike): unknown {
    if (types.isSharedArrayBuffer(buffer) && this.#policy.target === "process") {
      return this.#refuse("is a SharedArrayBuffer, which only threads can share", buffer);
    }
    if (isDetached(buffer)) return this.#refuse("is a detached ArrayBuffer", buffer);
    return this.#remember(buffer, buffer);
  }

  #takeError(error: object): unknown {
    this.isChanged = true;
    const ref = this.#reserve(error);
    this.payload.parts[ref.part] = this.#policy.reduceError(error, this);
    return ref;
  }

  /** Whatever is neither plain data nor a container. */
  #copyInstance(object: object): unknown {
    if (isLeaf(object) && this.#isBase(object)) return this.#remember(object, object);
    const impossible = impossibleKind(object);
    if (impossible !== undefined) return this.#refuse(`is ${impossible}`, object);
    if (object instanceof URL) {
      this.isChanged = true;
      return this.#add(object, { kind: "url", href: object.href });
    }
    if (!isThreadOnly(object)) return this.#refuseInstance(object);
    if (this.#policy.target === "thread") return this.#remember(object, object);
    return this.#refuse(`is a ${className(object)}, which only threads can be sent`, object);
  }

  /** Not an instance of a user's class, or one that may lose its class. */
  #isBase(object: object): boolean {
    return !this.#policy.strict || isBaseInstance(object);
  }

  #refuseInstance(object: object): unknown {
    if (!this.#policy.strict) return this.#copyProperties(object);
    const name = className(object) || "a class";
    return this.#refuse(
      `is an instance of ${name}: its class would be lost. Send plain data, ` +
        "or say `strict: false` to send its own properties alone",
      object,
    );
  }

  #refuse(what: string, value: unknown): unknown {
    const steps = [...this.#steps];
    this.isChanged = true;
    return this.#policy.refuse(what, () => formatPath(this.#root, steps), value);
  }

  #remember<Copy>(object: object, copy: Copy): Copy {
    this.#copies.set(object, copy);
    return copy;
  }

  #add(object: object, part: Part): PartRef {
    const ref = this.#reserve(object);
    this.payload.parts[ref.part] = part;
    return ref;
  }

  /** A number for a part that may contain itself. */
  #reserve(object: object): PartRef {
    const ref = new PartRef(this.payload.parts.length);
    // Filled in by the caller; until then it keeps the number taken.
    this.payload.parts.push(PENDING);
    return this.#remember(object, ref);
  }
}

/** Accessors that throw are met again, with their path, when the object is copied. */
function isCleanForCertain(value: unknown): boolean {
  try {
    return isClean(value);
  } catch {
    // Too deep as well: the copying overflows in turn, where it is told.
    return false;
  }
}

const PENDING: Part = { kind: "set", values: [] };
