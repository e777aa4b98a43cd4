import { unpickleFunction, type FunctionRecord } from "@concurrent/pickle/worker";
import type { FunctionDefinition } from "../wire/messages.ts";

/** A function of user code, as the worker calls it. */
export type TaskFunction = (...args: unknown[]) => unknown;

/** The functions that the pool has defined for this worker, loaded when they are first called. */
export class WorkerFunctions {
  // Invariant: a function is loaded, or it has a record from which it can be.
  readonly #loaded: (TaskFunction | undefined)[] = [];
  readonly #records: FunctionRecord[] = [];
  readonly #names: string[] = [];

  define(definitions: readonly FunctionDefinition[]): void {
    for (const { index, name, record } of definitions) {
      this.#records[index] = record;
      this.#names[index] = name;
    }
  }

  nameOf(index: number): string {
    return this.#names[index] ?? "";
  }

  /** The function, when it has been loaded. */
  get(index: number): TaskFunction | undefined {
    return this.#loaded[index];
  }

  /** Loads the function, which may import its module. */
  async load(index: number): Promise<TaskFunction> {
    const record = this.#records[index];
    if (record === undefined) throw new Error(`function ${index} was never defined`);
    const fn = (await unpickleFunction(record)) as TaskFunction;
    this.#loaded[index] = fn;
    return fn;
  }
}
