import { pickleFunction, type PickledFunction } from "@concurrent/pickle";
import type { CheckedOptions } from "./options.ts";
import { Arguments, Snapshot } from "./payload.ts";
import type { InitializerCall } from "./wire/messages.ts";

/**
 * What each worker of a pool calls first. The initializer and its arguments are read now, once.
 *
 * @throws SerializationError when the initializer or one of its arguments cannot travel.
 */
export function prepareInitializer(
  { initializer, initargs }: Pick<CheckedOptions, "initializer" | "initargs">,
  target: "thread" | "process",
): InitializerCall | undefined | Promise<InitializerCall> {
  if (initializer === undefined) return undefined;
  const { encoding, data } = new Snapshot(new Arguments(initargs, true), target).encode();
  const call = ({ record }: PickledFunction): InitializerCall => ({ record, encoding, args: data });
  const pickled = pickleFunction(initializer);
  return pickled instanceof Promise ? pickled.then(call) : call(pickled);
}
