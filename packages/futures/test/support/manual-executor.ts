import { Executor, ExecutorShutdownError, Future } from "@concurrent/futures";
import type { ItemOutcome, SubmitOptions, TaskFunction } from "@concurrent/futures";

/** One call that a test settles. */
export interface Call {
  readonly fn: TaskFunction;
  readonly args: unknown[];
  readonly options: SubmitOptions;
  readonly future: Future<unknown>;
}

/** An executor that only notes its calls: the test decides when and how each ends. */
export class ManualExecutor extends Executor {
  readonly calls: Call[] = [];
  closed = false;

  protected schedule(fn: TaskFunction, args: unknown[], options: SubmitOptions): Future<unknown> {
    if (this.closed) throw new ExecutorShutdownError();
    const call = { fn, args, options, future: new Future<unknown>() };
    this.calls.push(call);
    return call.future;
  }

  protected override knownOptions(): readonly (keyof SubmitOptions)[] {
    return ["timeout", "name", ...super.knownOptions()];
  }

  async shutdown(): Promise<void> {
    this.closed = true;
  }

  /** Ends a call with what its function returns or throws. */
  finish(index: number): void {
    const { fn, args, future } = this.calls[index]!;
    try {
      future.setResult(fn(...args));
    } catch (error) {
      future.setException(error);
    }
  }
}

/** The same, that also takes chunks. */
export class ManualChunkExecutor extends ManualExecutor {
  protected override scheduleChunk(
    fn: TaskFunction,
    rows: unknown[][],
    options: SubmitOptions,
  ): Future<ItemOutcome[]> {
    const chunk: TaskFunction = () =>
      rows.map((row): ItemOutcome => {
        try {
          return { ok: true, value: fn(...row) };
        } catch (error) {
          return { ok: false, error };
        }
      });
    return this.schedule(chunk, rows, options) as Future<ItemOutcome[]>;
  }
}
