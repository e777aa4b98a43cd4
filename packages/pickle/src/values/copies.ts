import { type Part, type Payload, setOwn } from "./payload.ts";

/** Stands for a part until it is put into its place. */
class PartRef {
  readonly part: number;

  constructor(part: number) {
    this.part = part;
  }
}

/** What the objects of a value became: copies, themselves, or parts; and the payload they make up. */
export class Copies {
  readonly payload: Payload = { root: null, parts: [], places: [] };
  readonly #copies = new Map<object, unknown>();

  get(object: object): unknown {
    return this.#copies.get(object);
  }

  remember<Copy>(object: object, copy: Copy): Copy {
    this.#copies.set(object, copy);
    return copy;
  }

  /** Makes an object a part. */
  add(object: object, part: Part): unknown {
    this.payload.parts.push(part);
    return this.remember(object, new PartRef(this.payload.parts.length - 1));
  }

  /** Makes an object a part that may contain itself: it has its number before it has its content. */
  addRecursive(object: object, make: () => Part): unknown {
    const index = this.payload.parts.length;
    const ref = this.add(object, { kind: "set", values: [] });
    this.payload.parts[index] = make();
    return ref;
  }

  /** Puts a copy where it belongs, or notes which part does. */
  place(holder: object, key: string, copy: unknown): void {
    if (copy instanceof PartRef) {
      // Keeps the place in the order of keys.
      setOwn(holder, key, null);
      this.payload.places.push([holder, key, copy.part]);
    } else {
      setOwn(holder, key, copy);
    }
  }
}
