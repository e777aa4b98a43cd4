import type { ErrorPart } from "../values/payload.ts";
import type { Reducer } from "../values/reducer.ts";
import { portableClass } from "./error-classes.ts";

/** Causes of causes beyond this are described, not sent: nobody reads so far. */
const MAX_DEPTH = 100;

/** What an error keeps under names that are not enumerable. */
const HIDDEN = ["cause", "errors", "error", "suppressed"] as const;

const OWN_PLACE: ReadonlySet<string> = new Set(["name", "message", "stack"]);

/** Takes an error apart. What it holds is copied as any value is, so errors may contain each other. */
export function reduceError(error: object, reducer: Reducer): ErrorPart {
  const part: ErrorPart = {
    kind: "error",
    class: portableClass(error),
    name: text(reducer.read(error, "name"), "Error"),
    message: text(reducer.read(error, "message"), ""),
    stack: text(reducer.read(error, "stack"), undefined),
    fields: {},
    hidden: {},
  };
  for (const key of Object.keys(error)) {
    if (!OWN_PLACE.has(key)) reducer.put(part.fields, key, fieldOf(error, key, reducer));
  }
  for (const key of HIDDEN) {
    const property = Object.getOwnPropertyDescriptor(error, key);
    if (property !== undefined && property.enumerable !== true) {
      reducer.put(part.hidden, key, fieldOf(error, key, reducer));
    }
  }
  if (!Object.hasOwn(part.fields, "code")) {
    const code = reducer.read(error, "code");
    if (typeof code === "string" || typeof code === "number") part.hidden["code"] = code;
  }
  return part;
}

function fieldOf(error: object, key: string, reducer: Reducer): unknown {
  const value = reducer.read(error, key);
  const isTooDeep = reducer.depth >= MAX_DEPTH && value instanceof Error;
  return isTooDeep ? `${value.name}: ${value.message}` : value;
}

function text<Otherwise>(value: unknown, otherwise: Otherwise): string | Otherwise {
  return typeof value === "string" ? value : otherwise;
}
