import { SerializationError } from "@concurrent/futures/errors";
import { types } from "node:util";
import { formatPath, type Step } from "./path.ts";
import { isStackOverflow, pickleValue, type PickleValueOptions } from "./pickle-value.ts";

/**
 * Says which part of a value structured clone does not take, and why, after it threw. `undefined`
 * when every part can be cloned by itself.
 *
 * @internal
 */
export function findUncloneable(
  value: unknown,
  root: string,
  options: PickleValueOptions = {},
): string | undefined {
  try {
    pickleValue(value, root, options);
    return new Search(root).visit(value, []);
  } catch (error) {
    if (error instanceof SerializationError) return error.message;
    if (isStackOverflow(error)) return `${root} is nested too deeply to be sent`;
    throw error;
  }
}

/** Clones the parts of a value that hold no others, one by one. */
class Search {
  readonly #root: string;
  readonly #visited = new Set<unknown>();

  constructor(root: string) {
    this.#root = root;
  }

  visit(value: unknown, steps: readonly Step[]): string | undefined {
    if (this.#visited.has(value)) return undefined;
    if (typeof value === "object" && value !== null) this.#visited.add(value);
    // Those are taken apart before the value is sent, and structured clone never sees them.
    if (value instanceof URL || value instanceof Error) return undefined;
    const parts = partsOf(value);
    if (parts === undefined) return this.#tryClone(value, steps);
    for (const [step, part] of parts) {
      const found = this.visit(part, [...steps, step]);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #tryClone(value: unknown, steps: readonly Step[]): string | undefined {
    try {
      structuredClone(value);
      return undefined;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return `${formatPath(this.#root, steps)} cannot be sent: ${reason}`;
    }
  }
}

/** What a container holds; `undefined` for what is no container. */
function* containerParts(value: object): Generator<[Step, unknown]> {
  if (types.isMap(value)) {
    for (const [key, part] of value) {
      yield [{ of: "keys", at: key }, key];
      yield [{ of: "get", at: key }, part];
    }
  } else if (types.isSet(value)) {
    for (const part of value) yield [{ of: "values", at: part }, part];
  } else {
    for (const key of Object.keys(value)) yield [key, Reflect.get(value, key)];
  }
}

function partsOf(value: unknown): Generator<[Step, unknown]> | undefined {
  if (typeof value !== "object" || value === null || types.isProxy(value)) return undefined;
  const isContainer = Object.prototype.toString.call(value);
  return /^\[object (?:Object|Array|Map|Set)\]$/.test(isContainer)
    ? containerParts(value)
    : undefined;
}
