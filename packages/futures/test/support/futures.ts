import { Future } from "@concurrent/futures";

export function succeeded<T>(value: T): Future<T> {
  const future = new Future<T>();
  future.setResult(value);
  return future;
}

export function failed(error: unknown): Future<number> {
  const future = new Future<number>();
  future.setException(error);
  future.exceptionNow(); // Looked at, so that it is not reported.
  return future;
}

export function cancelled(): Future<number> {
  const future = new Future<number>();
  future.cancel();
  return future;
}

export function running(): Future<number> {
  const future = new Future<number>();
  future.setRunningOrNotifyCancel();
  return future;
}

/** What a promise rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("expected a rejection");
}
