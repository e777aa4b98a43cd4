import { brief } from "./describe.ts";
import { hasFailed } from "./waiter.ts";

/** The method that `util.inspect` asks an object for. Registered, so that nothing of Node is imported. */
export const inspectCustom: unique symbol = Symbol.for("nodejs.util.inspect.custom") as never;

/** What `util.inspect` passes to that method. `depth` is how many levels are left; null when there is no limit. */
export type CustomInspect = (
  depth: number | null,
  options: object,
  inspect: (value: unknown, options: object) => string,
) => string;

/** `Future { finished: 42 }`. `outcome` is only shown when there is one, by `show`. */
export function futureText(
  future: { readonly state: string },
  outcome: unknown,
  show: (value: unknown) => string,
): string {
  if (future.state !== "finished") return `Future { ${future.state} }`;
  return `Future { ${hasFailed(future) ? "failed" : "finished"}: ${show(outcome)} }`;
}

/** How `util.inspect` shows an outcome: a value in its depth, an error in one line. */
export function inner(
  ...[depth, options, inspect]: Parameters<CustomInspect>
): (value: unknown) => string {
  return (value) => {
    if (value instanceof Error || (depth !== null && depth < 0)) return brief(value);
    return inspect(value, { ...options, depth: depth === null ? null : depth - 1 });
  };
}
