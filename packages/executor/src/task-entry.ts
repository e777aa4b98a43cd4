// What tasks import: `@concurrent/executor/task`. Loads nothing of the pools.
export { currentTask } from "./worker/running-task.ts";
export type { CurrentTask } from "./worker/running-task.ts";
