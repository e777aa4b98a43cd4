import { types } from "node:util";

/** Where a value is sent. Threads share memory and carry some objects of Node; processes do not. */
export type Target = "thread" | "process";

/**
 * Classes of Node whose instances a message to a thread carries (some only when they are listed for
 * transfer), but no message to a process.
 */
const THREAD_ONLY: ReadonlySet<string> = new Set([
  "Blob",
  "File",
  "MessagePort",
  "KeyObject",
  "CryptoKey",
  "FileHandle",
  "X509Certificate",
  "BlockList",
  "SocketAddress",
  "Histogram",
  "ReadableStream",
  "WritableStream",
  "TransformStream",
]);

/** Whether an object is data alone: `{}`, or the same of another realm (`node:vm`, jest). */
export function isPlainObject(object: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(object);
  return prototype === Object.prototype || prototype === null || isRootPrototype(prototype);
}

/** Whether an object of a built-in kind is of the kind itself and not of a class that extends it. */
export function isBaseInstance(object: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(object);
  const parent: unknown = prototype && Object.getPrototypeOf(prototype);
  return isRootPrototype(parent) || isTypedArrayPrototype(parent);
}

/** `Object.prototype`, of whichever realm. */
function isRootPrototype(prototype: unknown): boolean {
  return (
    typeof prototype === "object" &&
    prototype !== null &&
    Object.getPrototypeOf(prototype) === null &&
    Object.hasOwn(prototype, "isPrototypeOf")
  );
}

/** `%TypedArray%.prototype` stands between `Uint8Array.prototype` and the root. */
function isTypedArrayPrototype(prototype: unknown): boolean {
  return (
    typeof prototype === "object" &&
    prototype !== null &&
    Object.hasOwn(prototype, "subarray") &&
    isRootPrototype(Object.getPrototypeOf(prototype))
  );
}

/** Kinds that structured clone carries whole, everywhere, and that hold nothing else. */
export function isLeaf(object: object): boolean {
  return (
    types.isDate(object) ||
    types.isRegExp(object) ||
    (types.isBoxedPrimitive(object) && !types.isSymbolObject(object))
  );
}

/** Whether an object is of a class of Node that threads, and only they, can hand over. */
export function isThreadOnly(object: object): boolean {
  return hostClass(object) !== undefined || isWasmModule(object);
}

/** What JavaScript calls the class of an object; `""` when that cannot be told. */
export function className(object: object): string {
  const prototype: unknown = Object.getPrototypeOf(object);
  if (typeof prototype !== "object" || prototype === null) return "";
  const constructor: unknown = Object.getOwnPropertyDescriptor(prototype, "constructor")?.value;
  if (typeof constructor !== "function") return "";
  const name: unknown = Object.getOwnPropertyDescriptor(constructor, "name")?.value;
  return typeof name === "string" ? name : "";
}

/** What can never travel, in words; `undefined` for everything else. */
export function impossibleKind(object: object): string | undefined {
  if (types.isPromise(object)) return "a Promise; await it first";
  if (types.isWeakMap(object)) return "a WeakMap";
  if (types.isWeakSet(object)) return "a WeakSet";
  if (object instanceof WeakRef) return "a WeakRef";
  if (types.isGeneratorObject(object)) return "a generator; send an array of what it yields";
  if (types.isMapIterator(object) || types.isSetIterator(object))
    return "an iterator; send an array";
  if (types.isModuleNamespaceObject(object)) return "a module; send the functions by themselves";
  if (types.isSymbolObject(object)) return "a symbol";
  return undefined;
}

/** The class of Node in an object's ancestry that is {@link THREAD_ONLY}, told by what Node exposes. */
function hostClass(object: object): string | undefined {
  for (
    let prototype: unknown = Object.getPrototypeOf(object);
    typeof prototype === "object" && prototype !== null;
    prototype = Object.getPrototypeOf(prototype)
  ) {
    const constructor: unknown = Object.getOwnPropertyDescriptor(prototype, "constructor")?.value;
    if (typeof constructor !== "function") continue;
    if (THREAD_ONLY.has(constructor.name) && isNodes(constructor.name, constructor)) {
      return constructor.name;
    }
  }
  return undefined;
}

/** A user's class may be called `Histogram`, too: whoever has the name must be Node's own. */
function isNodes(name: string, constructor: unknown): boolean {
  const exposed: unknown =
    Reflect.get(globalThis, name) ??
    Reflect.get(process.getBuiltinModule("node:net"), name) ??
    Reflect.get(process.getBuiltinModule("node:crypto"), name);
  if (exposed !== undefined) return exposed === constructor;
  // `FileHandle` and `Histogram` are exposed nowhere.
  return name === "FileHandle" || name === "Histogram";
}

function isWasmModule(object: object): boolean {
  return Object.prototype.toString.call(object) === "[object WebAssembly.Module]";
}
