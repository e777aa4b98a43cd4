import { pickleFunction, type PickledFunction } from "@concurrent/pickle";
import type { CheckedOptions } from "./options.ts";
import { Arguments } from "./payload.ts";
import type { StartMessage } from "./wire/messages.ts";

/**
 * What each worker of a pool is told first. The initializer and its arguments are read now, once.
 *
 * @throws SerializationError when the initializer or one of its arguments cannot travel.
 */
export function prepareInitializer(
  { initializer, initargs }: Pick<CheckedOptions, "initializer" | "initargs">,
  target: "thread" | "process",
): StartMessage | Promise<StartMessage> {
  if (initializer === undefined) return { type: "start", initializer: undefined };
  const { encoding, data } = new Arguments(initargs, true).encode(target);
  const message = ({ record }: PickledFunction): StartMessage => ({
    type: "start",
    initializer: { record, encoding, args: data },
  });
  const pickled = pickleFunction(initializer);
  return pickled instanceof Promise ? pickled.then(message) : message(pickled);
}
