import { types } from "node:util";
import type { AnyFunction } from "./record.ts";

/** The own name of a function, whatever somebody may have put in its place. */
export function nameOf(fn: AnyFunction): string {
  // A Proxy would run code of its owner.
  if (types.isProxy(fn)) return "";
  const name: unknown = Object.getOwnPropertyDescriptor(fn, "name")?.value;
  return typeof name === "string" ? name : "";
}
