import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import * as futures from "@concurrent/futures";
import { afterAll, beforeAll, describe, expect, expectTypeOf, test } from "vitest";

const {
  BrokenExecutorError,
  BrokenProcessPoolError,
  BrokenThreadPoolError,
  CancelledError,
  ExecutorError,
  ExecutorShutdownError,
  FuturesError,
  InvalidStateError,
  isFuturesError,
  QueueFullError,
  SerializationError,
  TimeoutError,
  WorkerCrashedError,
} = futures;

const family = [
  [FuturesError, Error, "FuturesError", "ERR_FUTURES"],
  [CancelledError, FuturesError, "CancelledError", "ERR_FUTURES_CANCELLED"],
  [TimeoutError, FuturesError, "TimeoutError", "ERR_FUTURES_TIMEOUT"],
  [InvalidStateError, FuturesError, "InvalidStateError", "ERR_FUTURES_INVALID_STATE"],
  [ExecutorError, FuturesError, "ExecutorError", "ERR_EXECUTOR"],
  [ExecutorShutdownError, ExecutorError, "ExecutorShutdownError", "ERR_EXECUTOR_SHUTDOWN"],
  [QueueFullError, ExecutorError, "QueueFullError", "ERR_EXECUTOR_QUEUE_FULL"],
  [SerializationError, ExecutorError, "SerializationError", "ERR_EXECUTOR_SERIALIZATION"],
  [WorkerCrashedError, ExecutorError, "WorkerCrashedError", "ERR_EXECUTOR_WORKER_CRASHED"],
  [BrokenExecutorError, ExecutorError, "BrokenExecutorError", "ERR_EXECUTOR_BROKEN"],
  [BrokenThreadPoolError, BrokenExecutorError, "BrokenThreadPoolError", "ERR_EXECUTOR_BROKEN"],
  [BrokenProcessPoolError, BrokenExecutorError, "BrokenProcessPoolError", "ERR_EXECUTOR_BROKEN"],
] as const;

describe.each(family)("%o", (errorClass, base, name, code) => {
  test("has its base, name, code, message and cause", () => {
    const cause = new Error("why");
    const error: futures.FuturesError =
      errorClass === WorkerCrashedError
        ? new WorkerCrashedError("what", {}, { cause })
        : new (errorClass as typeof FuturesError)("what", { cause });
    expect(error).toBeInstanceOf(errorClass);
    expect(error).toBeInstanceOf(base);
    expect(Object.getPrototypeOf(errorClass)).toBe(base);
    expect(error).toMatchObject({ name, code, message: "what", cause });
    expect(error.stack).toMatch(new RegExp(`^${name}: what\n`, "u"));
    expect(Object.keys(error)).not.toContain("name");
  });

  test("is an instance of its own line only", () => {
    const error = new (errorClass as typeof FuturesError)("what");
    for (const [other] of family) {
      const isAncestor = other === errorClass || other.isPrototypeOf(errorClass);
      expect(error instanceof other).toBe(isAncestor);
    }
  });
});

test("errors have no cause unless one is given", () => {
  expect("cause" in new CancelledError()).toBe(false);
});

test("WorkerCrashedError tells what is known of the worker's end", () => {
  const error = new WorkerCrashedError("worker died", { exitcode: 7, pid: 12, oom: true });
  expect(error).toMatchObject({
    exitcode: 7,
    signal: null,
    oom: true,
    pid: 12,
    threadId: undefined,
    workerId: undefined,
    taskName: undefined,
    lastStderr: "",
    mayHaveCompleted: false,
  });
});

test("isFuturesError compares the code when one is given", () => {
  const error: unknown = new ExecutorShutdownError();
  expect(isFuturesError(error)).toBe(true);
  expect(isFuturesError(error, "ERR_EXECUTOR_SHUTDOWN")).toBe(true);
  expect(isFuturesError(error, "ERR_FUTURES_CANCELLED")).toBe(false);
  for (const other of [new Error("no"), undefined, null, "ERR_FUTURES", { code: "ERR_FUTURES" }]) {
    expect(isFuturesError(other)).toBe(false);
  }
  if (isFuturesError(error)) expectTypeOf(error).toEqualTypeOf<futures.FuturesError>();
});

test("classes derived by users keep the ordinary instanceof", () => {
  class MyError extends CancelledError {}
  class OtherError extends CancelledError {}
  const mine = new MyError();
  expect(mine).toBeInstanceOf(MyError);
  expect(mine).toBeInstanceOf(CancelledError);
  expect(mine).not.toBeInstanceOf(OtherError);
  expect(new CancelledError()).not.toBeInstanceOf(MyError);
});

describe("with two copies of the package in one program", () => {
  let directory: string;
  let copy: typeof futures;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "futures-copy-"));
    // A path that Node loads by itself, as it does the first copy: see vitest.config.ts.
    const copied = join(directory, "packages/futures");
    cpSync(fileURLToPath(new URL("..", import.meta.resolve("@concurrent/futures"))), copied, {
      recursive: true,
      filter: (file) => !file.endsWith("test"),
    });
    copy = (await import(pathToFileURL(join(copied, "dist/index.js")).href)) as typeof futures;
  });

  afterAll(() => rmSync(directory, { recursive: true }));

  test("each recognises the errors of the other, by class", () => {
    const error = new copy.ExecutorShutdownError();
    expect(copy.ExecutorShutdownError).not.toBe(ExecutorShutdownError);
    expect(error).toBeInstanceOf(ExecutorShutdownError);
    expect(error).toBeInstanceOf(ExecutorError);
    expect(error).not.toBeInstanceOf(CancelledError);
    expect(isFuturesError(error, "ERR_EXECUTOR_SHUTDOWN")).toBe(true);
  });

  test("wait and asCompleted take Futures of the other", async () => {
    const foreign = new copy.Future<number>();
    expect(foreign).toBeInstanceOf(futures.Future);
    const waiting = futures.wait([foreign]);
    const first = futures.asCompleted([foreign]).next();
    foreign.setResult(1);
    expect((await waiting).done.has(foreign)).toBe(true);
    expect((await first).value).toBe(foreign);
  });
});
