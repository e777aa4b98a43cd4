import type { RunningTask } from "./running-task.ts";
import { workerState } from "./running-task.ts";

/** What to do with an error that no task has caught. */
export interface EscapeHandlers {
  /** It comes from the task that is running: nobody knows whether that will ever end now. */
  fatal(error: unknown): void;
  /** It comes from a task that has ended, or from outside tasks. */
  late(error: unknown, task: RunningTask | undefined): void;
}

/**
 * Watches for errors that escape: a throw in a timer, a promise that rejects and that nobody awaits.
 * Node would end the worker, and with it a task that may have nothing to do with it. The task that
 * is to blame is known by its asynchronous context. Handlers of user code, where there are any, come
 * in the place of ours.
 */
export function watchEscapes(handlers: EscapeHandlers): void {
  for (const event of ["uncaughtException", "unhandledRejection"] as const) {
    const listener = (error: unknown): void => {
      if (process.listenerCount(event) > 1) return;
      // Node 20 and 22 know no context of a throw in a bare microtask, which runs soon.
      const task = workerState.origin.getStore() ?? workerState.running;
      if (task !== undefined && task === workerState.running) handlers.fatal(error);
      else handlers.late(error, task);
    };
    process.on(event, listener);
  }
}
