export { pickleFunction } from "./functions/pickle-function.ts";
export type {
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
