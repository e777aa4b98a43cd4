import { rebuildError, restoreFields } from "../errors/rebuild-error.ts";
import { type Part, type Payload, setOwn } from "./payload.ts";

/**
 * The value that a `Reduced` stood for, from its payload as structured clone delivered it.
 *
 * Work is done for the parts alone: the rest is where it belongs already.
 *
 * @internal
 */
export function unpickleValue(payload: unknown): unknown {
  const received = payload as Payload;
  const { parts, places } = received;
  // First every object, then its content: parts may contain each other, and themselves.
  const objects = parts.map(create);
  for (const [holder, key, part] of places) setOwn(holder, key, objects[part]);
  for (const [index, part] of parts.entries()) fill(objects[index]!, part);
  return received.root;
}

function create(part: Part): object {
  switch (part.kind) {
    case "buffer": {
      const { buffer, byteOffset, byteLength } = part.bytes;
      return Buffer.from(buffer, byteOffset, byteLength);
    }
    case "url":
      return new URL(part.href);
    case "map":
      return new Map();
    case "set":
      return new Set();
    case "error":
      return rebuildError(part);
  }
}

function fill(object: object, part: Part): void {
  if (part.kind === "map") {
    for (const [index, key] of part.keys.entries()) {
      (object as Map<unknown, unknown>).set(key, part.values[index]);
    }
  } else if (part.kind === "set") {
    for (const value of part.values) (object as Set<unknown>).add(value);
  } else if (part.kind === "error") {
    restoreFields(object, part);
  }
}
