import type { Future } from "@concurrent/futures";

/** What a promise rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error("expected a rejection");
}

/** What a function throws. */
export function thrownBy(action: () => unknown): Error {
  try {
    action();
  } catch (error) {
    return error as Error;
  }
  throw new Error("expected an error");
}

/** The error with which a call fails. */
export async function failureOf(future: Future<unknown>): Promise<Error> {
  return rejection(future.result());
}

/** What became of each call: its value, or its error. */
export function outcomesOf(futures: readonly Future<unknown>[]): Promise<unknown[]> {
  return Promise.all(futures.map((future) => future.result().catch((error: unknown) => error)));
}

export async function collect<T>(iterable: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of iterable) items.push(item);
  return items;
}

export function upTo(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}
