import type { AnyFunction, GlobalRecord } from "./record.ts";

/** What the language itself puts on the global object, so that no import can shadow it unnoticed. */
const LANGUAGE_NAMES = [
  "Object Function Array Number Boolean String Symbol BigInt Date Promise RegExp Math JSON Intl",
  "Error AggregateError EvalError RangeError ReferenceError SyntaxError TypeError URIError",
  "SuppressedError ArrayBuffer SharedArrayBuffer DataView Atomics Map Set WeakMap WeakSet WeakRef",
  "FinalizationRegistry Iterator Proxy Reflect DisposableStack AsyncDisposableStack Temporal",
  "Int8Array Uint8Array Uint8ClampedArray Int16Array Uint16Array Int32Array Uint32Array",
  "BigInt64Array BigUint64Array Float16Array Float32Array Float64Array WebAssembly",
  "parseInt parseFloat isFinite isNaN decodeURI decodeURIComponent encodeURI encodeURIComponent",
  "escape unescape",
].flatMap((line) => line.split(" "));

const LANGUAGE_CONSTANTS = ["undefined", "NaN", "Infinity", "globalThis"];

/** Names that mean the same everywhere even when the scopes of a function cannot be seen. */
const KNOWN_WITHOUT_SCOPES: ReadonlySet<string> = new Set([
  ...LANGUAGE_NAMES,
  ...LANGUAGE_CONSTANTS,
  "console",
  "process",
  "Buffer",
]);

/** Functions that Node puts on every global object and implements in JavaScript. */
const NODE_FUNCTIONS: ReadonlySet<string> = new Set(
  [
    "structuredClone queueMicrotask setTimeout setInterval setImmediate fetch atob btoa",
    "clearTimeout clearInterval clearImmediate",
  ].flatMap((line) => line.split(" ")),
);

/** Names that only CommonJS code and the REPL have: they stand for the file, not for the realm. */
const FILE_NAMES: ReadonlySet<string> = new Set([
  "require",
  "module",
  "exports",
  "__filename",
  "__dirname",
]);

/** Whether a free name is a plain global for certain, though no scope could be looked at. */
export function isGlobalWithoutScopes(name: string): boolean {
  return KNOWN_WITHOUT_SCOPES.has(name);
}

/**
 * Whether a name that no scope defines is left to the global object of the worker. It need not exist
 * here: an initializer may define it there.
 */
export function isGlobalName(name: string): boolean {
  return !FILE_NAMES.has(name);
}

let natives: WeakMap<object, readonly string[]> | undefined;

/** A function of the language or of Node's global object, as the path to it. */
export function globalRecord(fn: AnyFunction, isNative: boolean): GlobalRecord | undefined {
  if (isNative) {
    natives ??= indexNatives();
    const path = natives.get(fn);
    if (path !== undefined) return { kind: "global", path };
  }
  // By name only: even the descriptor of some other globals makes Node load half of undici (20 ms).
  const name = ownName(fn);
  if (NODE_FUNCTIONS.has(name) && Reflect.get(globalThis, name) === fn) {
    return { kind: "global", path: [name] };
  }
  return undefined;
}

/** Own data properties of the language's globals and their prototypes, and of `console`, `process`, `Buffer`. */
function indexNatives(): WeakMap<object, readonly string[]> {
  const index = new WeakMap<object, readonly string[]>();
  const visit = (value: unknown, path: readonly string[], depth: number): void => {
    if ((typeof value !== "object" && typeof value !== "function") || value === null) return;
    if (index.has(value)) return;
    index.set(value, path);
    if (depth === 0) return;
    for (const key of Object.getOwnPropertyNames(value)) {
      const property = Object.getOwnPropertyDescriptor(value, key);
      if (property !== undefined && "value" in property) {
        visit(property.value, [...path, key], depth - 1);
      }
    }
  };
  for (const name of LANGUAGE_NAMES) {
    visit(Object.getOwnPropertyDescriptor(globalThis, name)?.value, [name], 3);
  }
  visit(console, ["console"], 1);
  visit(process, ["process"], 1);
  visit(Buffer, ["Buffer"], 1);
  return index;
}

function ownName(fn: AnyFunction): string {
  const name: unknown = Object.getOwnPropertyDescriptor(fn, "name")?.value;
  return typeof name === "string" ? name : "";
}
