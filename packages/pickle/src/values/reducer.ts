import { types } from "node:util";
import { Copies } from "./copies.ts";
import { isCleanPrimitive } from "./is-clean.ts";
import {
  className,
  impossibleKind,
  isBaseInstance,
  isLeaf,
  isPlainObject,
  isThreadOnly,
} from "./kinds.ts";
import { formatPath, type Step } from "./path.ts";
import { type MapPart, type Payload, type SetPart, setOwn } from "./payload.ts";
import type { Policy } from "./policy.ts";
import { compact, isDetached, isWasteful } from "./views.ts";

const LOSES_CLASS =
  "its class would be lost. Send plain data, or say `strict: false` to send its own properties alone";

/**
 * Copies a value, taking the parts out that structured clone would lose.
 *
 * Every container is copied, and copied once, whether it has parts or not: so the copy never leads
 * back into the original, and cycles and shared objects are in the copy what they were in the value.
 */
export class Reducer {
  /** Whether the copy differs from the value in anything that structured clone makes a difference of. */
  isChanged = false;

  readonly #policy: Policy;
  readonly #root: string;
  readonly #copies = new Copies();
  /** The way to the value being visited. */
  readonly #steps: Step[] = [];

  constructor(root: string, policy: Policy) {
    this.#root = root;
    this.#policy = policy;
  }

  /** Copies a whole value. */
  reduce(value: unknown): Payload {
    const { payload } = this.#copies;
    this.#copies.place(payload, "root", this.#copy(value));
    return payload;
  }

  /** Copies `value` into `holder[key]`. */
  put(holder: object, key: string, value: unknown, step: Step = key): void {
    if (isCleanPrimitive(value)) {
      setOwn(holder, key, value);
      return;
    }
    this.#steps.push(step);
    this.#copies.place(holder, key, this.#copy(value));
    this.#steps.pop();
  }

  /** Reads a property, which may be an accessor that throws. */
  read(object: object, key: string): unknown {
    try {
      return Reflect.get(object, key);
    } catch (error) {
      const steps = [...this.#steps, key];
      const path = (): string => formatPath(this.#root, steps);
      return this.#policy.refuse("could not be read", path, undefined, error);
    }
  }

  /** How many steps the value being visited is from the root. */
  get depth(): number {
    return this.#steps.length;
  }

  #copy(value: unknown): unknown {
    if (typeof value === "function") return this.#refuse("is a function", value);
    if (typeof value === "symbol") return this.#refuse("is a symbol", value);
    if (typeof value !== "object" || value === null) return value;
    return this.#copies.get(value) ?? this.#copyObject(value);
  }

  #copyObject(value: object): unknown {
    if (types.isProxy(value)) return this.#refuse("is a Proxy; send a plain copy of it", value);
    // Most are one of these two, and telling the other kinds apart takes a while.
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype) return this.#copyProperties(value);
    if (prototype === Array.prototype && Array.isArray(value)) return this.#copyArray(value);
    if (types.isNativeError(value) || value instanceof Error) return this.#takeError(value);
    if (isPlainObject(value)) return this.#copyProperties(value);
    if (ArrayBuffer.isView(value)) return this.#copyView(value);
    if (types.isAnyArrayBuffer(value)) return this.#copyBuffer(value);
    const container = Array.isArray(value) || types.isMap(value) || types.isSet(value);
    if (container && this.#policy.strict && !isBaseInstance(value)) return this.#copyOther(value);
    if (Array.isArray(value)) return this.#copyArray(value);
    if (types.isMap(value)) return this.#copyMap(value);
    if (types.isSet(value)) return this.#copySet(value);
    return this.#copyInstance(value);
  }

  #copyProperties(object: object): object {
    const copy = this.#copies.remember(object, {});
    for (const key of Object.keys(object)) this.put(copy, key, this.read(object, key));
    return copy;
  }

  #copyArray(array: readonly unknown[]): unknown {
    if (array.every(isCleanPrimitive)) return this.#keep(array);
    const copy = this.#copies.remember(array, [] as unknown[]);
    copy.length = array.length;
    // By keys: holes stay holes, and arrays may have other properties, as matches of regexes do.
    for (const key of Object.keys(array)) this.put(copy, key, this.read(array, key));
    return copy;
  }

  #copyMap(map: ReadonlyMap<unknown, unknown>): unknown {
    const part: MapPart = { kind: "map", keys: [], values: [] };
    const copy = this.#copies.add(map, part);
    for (const [key, value] of map) {
      const index = String(part.keys.length);
      this.put(part.keys, index, key, { of: "keys", at: Number(index) });
      this.put(part.values, index, value, { of: "get", at: key });
    }
    return copy;
  }

  #copySet(set: ReadonlySet<unknown>): unknown {
    const part: SetPart = { kind: "set", values: [] };
    const copy = this.#copies.add(set, part);
    for (const value of set) {
      const index = String(part.values.length);
      this.put(part.values, index, value, { of: "values", at: Number(index) });
    }
    return copy;
  }

  #copyView(view: ArrayBufferView): unknown {
    if (types.isSharedArrayBuffer(view.buffer) && this.#policy.target === "process") {
      return this.#refuse("is backed by a SharedArrayBuffer, which only threads can share", view);
    }
    if (isDetached(view.buffer)) return this.#refuse("is a view of a detached ArrayBuffer", view);
    const isKept = this.#policy.transfer.has(view.buffer) || !isWasteful(view);
    if (Buffer.isBuffer(view)) {
      this.isChanged = true;
      return this.#copies.add(view, { kind: "buffer", bytes: isKept ? view : compact(view) });
    }
    if (this.#policy.strict && !isBaseInstance(view)) return this.#copyOther(view);
    if (isKept) return this.#keep(view);
    this.isChanged = true;
    return this.#copies.remember(view, compact(view));
  }

  #copyBuffer(buffer: ArrayBufferLike): unknown {
    if (types.isSharedArrayBuffer(buffer) && this.#policy.target === "process") {
      return this.#refuse("is a SharedArrayBuffer, which only threads can share", buffer);
    }
    if (isDetached(buffer)) return this.#refuse("is a detached ArrayBuffer", buffer);
    return this.#keep(buffer);
  }

  #takeError(error: object): unknown {
    this.isChanged = true;
    return this.#copies.addRecursive(error, () => this.#policy.reduceError(error, this));
  }

  /** Whatever is neither data nor a container. */
  #copyInstance(object: object): unknown {
    if (isLeaf(object) && (!this.#policy.strict || isBaseInstance(object))) {
      return this.#keep(object);
    }
    const impossible = impossibleKind(object);
    if (impossible !== undefined) return this.#refuse(`is ${impossible}`, object);
    if (object instanceof URL) {
      this.isChanged = true;
      return this.#copies.add(object, { kind: "url", href: object.href });
    }
    if (!isThreadOnly(object)) return this.#copyOther(object);
    if (this.#policy.target === "thread") return this.#keep(object);
    return this.#refuse(`is a ${className(object)}, which only threads can be sent`, object);
  }

  /** An instance of a user's class. */
  #copyOther(object: object): unknown {
    if (!this.#policy.strict) return this.#copyProperties(object);
    const name = className(object) || "a class";
    return this.#refuse(`is an instance of ${name}: ${LOSES_CLASS}`, object);
  }

  #keep(object: object): unknown {
    return this.#copies.remember(object, object);
  }

  #refuse(what: string, value: unknown): unknown {
    const steps = [...this.#steps];
    this.isChanged = true;
    return this.#policy.refuse(what, () => formatPath(this.#root, steps), value);
  }
}
