export { dumps, loads } from "./dumps.ts";
export type { Pickled } from "./dumps.ts";
export { pickleError } from "./errors/pickle-error.ts";
export type { PickledError } from "./errors/pickle-error.ts";
export type { ErrorContext } from "./errors/stack.ts";
export { unpickleError } from "./errors/unpickle-error.ts";
export { pickleFunction } from "./functions/pickle-function.ts";
export type {
  AnyFunction,
  BuiltinRecord,
  FunctionRecord,
  GlobalRecord,
  ModuleRecord,
  PickledFunction,
  SourceLocation,
  SourceRecord,
} from "./functions/record.ts";
export { unpickleFunction } from "./functions/unpickle-function.ts";
export { taskModule } from "./task-module.ts";
export type { TaskModule } from "./task-module.ts";
export { findUncloneable } from "./values/find-uncloneable.ts";
export type { Target } from "./values/kinds.ts";
export { isReduced, Reduced } from "./values/payload.ts";
export type { Payload } from "./values/payload.ts";
export { pickleArguments, pickleValue } from "./values/pickle-value.ts";
export type { PickleValueOptions } from "./values/pickle-value.ts";
export { unpickleValue } from "./values/unpickle-value.ts";
