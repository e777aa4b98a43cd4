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
  if (part.kind === "error") return rebuildError(part);
  if (part.kind === "url") return new URL(part.href);
  if (part.kind === "map") return new Map();
  if (part.kind === "set") return new Set();
  const { buffer, byteOffset, byteLength } = part.bytes;
  return Buffer.from(buffer, byteOffset, byteLength);
}

function fill(object: object, part: Part): void {
  if (part.kind === "error") {
    restoreFields(object, part);
  } else if (part.kind === "map") {
    const map = object as Map<unknown, unknown>;
    for (const [index, key] of part.keys.entries()) map.set(key, part.values[index]);
  } else if (part.kind === "set") {
    const set = object as Set<unknown>;
    for (const value of part.values) set.add(value);
  }
}
