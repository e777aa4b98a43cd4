import type { ErrorPart } from "../values/payload.ts";
import { construct } from "./error-classes.ts";
import { stackText } from "./stack.ts";

/** An error of the nearest class that exists here, with name, message and the stack of its origin. */
export function rebuildError(part: ErrorPart): Error {
  const { name, message, stack } = part;
  const error = construct(part.class, message, name);
  if (error.name !== name) setHidden(error, "name", name);
  setHidden(error, "stack", stackText(name, message, stack));
  return error;
}

/** Gives a rebuilt error its own properties. They are defined, never assigned: a class may have setters. */
export function restoreFields(error: object, { fields, hidden }: ErrorPart): void {
  for (const [key, value] of Object.entries(fields)) {
    Object.defineProperty(error, key, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }
  for (const [key, value] of Object.entries(hidden)) {
    if (Reflect.get(error, key) !== value) setHidden(error, key, value);
  }
}

/** Defines what should not be listed with an error's own fields. */
export function setHidden(error: object, key: string, value: unknown): void {
  Object.defineProperty(error, key, {
    value,
    writable: true,
    enumerable: false,
    configurable: true,
  });
}
