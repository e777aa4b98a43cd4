import { types } from "node:util";
import type { AnyFunction } from "./record.ts";

/** An object with more keys than this is a table of data; nobody exports his functions in it. */
const MAX_KEYS = 500;

type Holder = Record<string, unknown>;

/**
 * The names that lead from a module's exports to a function: `["resize"]`, `["tasks", "blur"]`,
 * `["Codec", "prototype", "encode"]`; the shortest way. Getters are left alone, unless
 * `readGetters` says that the exports themselves are the getters of a compiler's re-exports.
 */
export function findMember(
  exports: object,
  wanted: unknown,
  options: { readonly readGetters?: boolean } = {},
): string[] | undefined {
  const members: [holder: object, path: string[]][] = [];
  for (const key of keysOf(exports)) {
    const value = readExport(exports, key, options.readGetters === true);
    if (value === wanted) return [key];
    if (isSearchable(value)) members.push([value, [key]]);
  }
  for (const [holder, path] of members) {
    const key = keyOf(holder, wanted);
    if (key !== undefined) return [...path, key];
  }
  for (const [holder, path] of members) {
    const prototype = prototypeOf(holder);
    const key = prototype && keyOf(prototype, wanted);
    if (key !== undefined) return [...path, "prototype", key];
  }
  return undefined;
}

/**
 * Whether a function is the value of a variable, or a member of such a value under its own name.
 * Cheap, because it is asked for every inline function: it lists the keys of no value.
 */
export function isWithin(variables: object, wanted: AnyFunction): boolean {
  const name: unknown = Object.getOwnPropertyDescriptor(wanted, "name")?.value;
  const isMember = (holder: unknown): boolean =>
    typeof name === "string" &&
    isSearchable(holder) &&
    Object.getOwnPropertyDescriptor(holder, name)?.value === wanted;
  return Object.getOwnPropertyNames(variables).some((key) => {
    const value = readExport(variables, key, true);
    return value === wanted || isMember(value) || isMember(prototypeOf(value));
  });
}

/** Follows names from an object; `undefined` when they lead nowhere. */
export function followPath(root: unknown, path: readonly string[]): unknown {
  let value = root;
  for (const key of path) {
    if (value === null || value === undefined) return undefined;
    value = (value as Holder)[key];
  }
  return value;
}

/** Every value that can be found in `exports`, with the names that lead to it, for an index. */
export function* everyMember(
  exports: object,
  readGetters: boolean,
): Generator<[value: unknown, path: string[]]> {
  for (const key of keysOf(exports)) {
    const value = readExport(exports, key, readGetters);
    yield [value, [key]];
    if (!isSearchable(value)) continue;
    yield* dataMembers(value, [key]);
    const prototype = prototypeOf(value);
    if (prototype) yield* dataMembers(prototype, [key, "prototype"]);
  }
}

function* dataMembers(holder: object, path: string[]): Generator<[unknown, string[]]> {
  for (const key of keysOf(holder)) {
    yield [Object.getOwnPropertyDescriptor(holder, key)?.value, [...path, key]];
  }
}

function keyOf(holder: object, wanted: unknown): string | undefined {
  return keysOf(holder).find(
    (key) => Object.getOwnPropertyDescriptor(holder, key)?.value === wanted,
  );
}

function keysOf(holder: object): string[] {
  const keys = Object.getOwnPropertyNames(holder);
  return keys.length > MAX_KEYS && !types.isModuleNamespaceObject(holder) ? [] : keys;
}

/** What a class or function gives to its instances. */
function prototypeOf(value: unknown): object | undefined {
  if (typeof value !== "function" || types.isProxy(value)) return undefined;
  const prototype: unknown = Object.getOwnPropertyDescriptor(value, "prototype")?.value;
  return isSearchable(prototype) ? prototype : undefined;
}

function readExport(exports: object, key: string, readGetters: boolean): unknown {
  try {
    const property = Object.getOwnPropertyDescriptor(exports, key);
    if (property?.get !== undefined) return readGetters ? Reflect.get(exports, key) : undefined;
    return property?.value as unknown;
  } catch {
    // A binding that is not initialised yet (a cycle of modules) holds no function that anybody has.
    return undefined;
  }
}

/** Objects and functions whose members are worth a look; never data tables, never Proxies. */
function isSearchable(value: unknown): value is object {
  if (typeof value === "function") return !types.isProxy(value);
  if (typeof value !== "object" || value === null) return false;
  return !(
    types.isProxy(value) ||
    Array.isArray(value) ||
    ArrayBuffer.isView(value) ||
    types.isMap(value) ||
    types.isSet(value)
  );
}
