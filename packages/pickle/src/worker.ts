/*
 * `@concurrent/pickle/worker`: what the receiving side of a call needs. Leaves out what finds and
 * analyses functions, so that workers start sooner.
 */
export { pickleError } from "./errors/pickle-error.ts";
export type { PickledError } from "./errors/pickle-error.ts";
export type { ErrorContext } from "./errors/stack.ts";
export { unpickleError } from "./errors/unpickle-error.ts";
export type { FunctionRecord } from "./functions/record.ts";
export { unpickleFunction } from "./functions/unpickle-function.ts";
export { findUncloneable } from "./values/find-uncloneable.ts";
export { isClean } from "./values/is-clean.ts";
export { isReduced } from "./values/payload.ts";
export { pickleArguments, pickleValue } from "./values/pickle-value.ts";
export type { PickleValueOptions } from "./values/pickle-value.ts";
export { unpickleValue } from "./values/unpickle-value.ts";
