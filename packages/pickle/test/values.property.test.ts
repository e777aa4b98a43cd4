import { isReduced, pickleValue, unpickleValue } from "@concurrent/pickle";
import * as fc from "fast-check";
import { inspect } from "node:util";
import { deserialize, serialize } from "node:v8";
import { describe, expect, it } from "vitest";

/** Nested data with everything that is kept, some of which has to be taken apart. */
const nested = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.anything({ maxDepth: 0, withBigInt: true }),
    fc.double(),
    fc.date({ noInvalidDate: true }),
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    fc.float64Array(),
    fc.webUrl().map((url) => new URL(url)),
    fc.constantFrom(/a/g, new Uint8Array([1, 2])),
    fc.array(tie("value"), { maxLength: 5 }),
    fc.dictionary(fc.oneof(fc.string(), fc.constant("__proto__")), tie("value"), { maxKeys: 5 }),
    fc.array(fc.tuple(tie("value"), tie("value")), { maxLength: 4 }).map((list) => new Map(list)),
    fc.array(tie("value"), { maxLength: 4 }).map((list) => new Set(list)),
  ),
})).value;

/** The same, with objects that are reached in several ways, or through themselves. */
const graph = fc
  .tuple(fc.array(nested, { minLength: 1, maxLength: 4 }), fc.array(fc.nat(10), { maxLength: 6 }))
  .map(([values, links]) => {
    const nodes: Record<string, unknown>[] = values.map((value) => ({ value, map: new Map() }));
    for (const [index, link] of links.entries()) {
      const from = nodes[index % nodes.length]!;
      from[`link${index}`] = nodes[link % nodes.length];
      (from["map"] as Map<unknown, unknown>).set(nodes[link % nodes.length], from);
    }
    return { nodes, first: nodes[0] };
  });

describe.each<[name: string, send: (plain: unknown) => unknown]>([
  ["structuredClone", (plain) => structuredClone(plain)],
  ["v8.serialize", (plain) => deserialize(serialize(plain))],
])("nested values sent by %s", (_name, send) => {
  const roundTrip = (value: unknown): unknown => {
    const plain = pickleValue(value, "value");
    return isReduced(plain) ? unpickleValue(send(plain.payload)) : send(plain);
  };

  it("come back equal", () => {
    fc.assert(
      fc.property(nested, (value) => {
        expect(roundTrip(value)).toEqual(value);
      }),
    );
  });

  it("come back with the same cycles and shared objects", () => {
    fc.assert(
      fc.property(graph, (value) => {
        expect(shapeOf(roundTrip(value))).toEqual(shapeOf(value));
      }),
    );
  });

  it("leave the original as it was", () => {
    fc.assert(
      fc.property(graph, (value) => {
        const before = shapeOf(value);
        roundTrip(value);
        expect(shapeOf(value)).toEqual(before);
      }),
    );
  });
});

/** A value as a flat list in which every object is described once and referred to by number. */
function shapeOf(root: unknown): unknown[] {
  const numbers = new Map<object, number>();
  const shapes: unknown[] = [];
  const refer = (value: unknown): unknown => {
    if (typeof value !== "object" || value === null) return value;
    const known = numbers.get(value);
    if (known !== undefined) return { ref: known };
    const number = numbers.size;
    numbers.set(value, number);
    const kind = Buffer.isBuffer(value) ? "Buffer" : Object.prototype.toString.call(value);
    shapes[number] = { kind, content: contentOf(value, kind, refer) };
    return { ref: number };
  };
  refer(root);
  return shapes;
}

function contentOf(value: object, kind: string, refer: (value: unknown) => unknown): unknown {
  if (value instanceof Map) return [...value].map(([key, item]) => [refer(key), refer(item)]);
  if (value instanceof Set) return [...value].map(refer);
  if (kind === "[object Object]" || kind === "[object Array]") {
    return Object.entries(value).map(([key, item]) => [key, refer(item)]);
  }
  // Dates, regexes, bytes, URLs: what they are is in their text.
  return inspect(value);
}
