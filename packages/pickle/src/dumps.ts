import { pickleFunction } from "./functions/pickle-function.ts";
import type { FunctionRecord, PickledFunction } from "./functions/record.ts";
import { unpickleFunction } from "./functions/unpickle-function.ts";
import { isReduced, type Payload } from "./values/payload.ts";
import { pickleValue, type PickleValueOptions } from "./values/pickle-value.ts";
import { unpickleValue } from "./values/unpickle-value.ts";

/** A value or function as plain data, for `postMessage`, `process.send` or `v8.serialize`. */
export type Pickled =
  | { readonly type: "value"; readonly value: unknown }
  | { readonly type: "reduced"; readonly payload: Payload }
  | { readonly type: "function"; readonly record: FunctionRecord };

/**
 * Makes a value or a function ready to travel. For a function this is a Promise the first time that
 * its module has to be asked for its exports.
 *
 * @throws {@link SerializationError} when it cannot travel, with the path to the part that cannot.
 *
 * @example
 * ```ts
 * import { dumps, loads } from "@concurrent/pickle";
 *
 * const pickled = await dumps({ when: new Date(0), bytes: Buffer.from("hello") });
 * console.log(await loads(structuredClone(pickled)));
 * // { when: 1970-01-01T00:00:00.000Z, bytes: <Buffer 68 65 6c 6c 6f> }
 * ```
 */
export function dumps(value: unknown, options?: PickleValueOptions): Pickled | Promise<Pickled> {
  if (typeof value === "function") {
    const pickled = pickleFunction(value);
    return pickled instanceof Promise ? pickled.then(dumped) : dumped(pickled);
  }
  const plain = pickleValue(value, "value", options);
  return isReduced(plain)
    ? { type: "reduced", payload: plain.payload }
    : { type: "value", value: plain };
}

/** What {@link dumps} was given, here. A Promise only when a function's module has to be loaded. */
export function loads(pickled: Pickled): unknown {
  if (pickled.type === "function") return unpickleFunction(pickled.record);
  return pickled.type === "reduced" ? unpickleValue(pickled.payload) : pickled.value;
}

function dumped({ record }: PickledFunction): Pickled {
  return { type: "function", record };
}
