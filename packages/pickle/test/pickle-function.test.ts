/* oxlint-disable unicorn/consistent-function-scoping, typescript/unbound-method -- functions that stand inside others are the subject */
import { SerializationError } from "@concurrent/futures";
import { pickleFunction, unpickleFunction } from "@concurrent/pickle";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

/** Sends a function by value, which happens at once, and compiles it again. */
function copyOf<F extends (...args: never[]) => unknown>(fn: F): F {
  const pickled = pickleFunction(fn);
  if (pickled instanceof Promise) throw new Error("a function by value needs no Promise");
  return unpickleFunction(structuredClone(pickled.record)) as F;
}

describe("pickleFunction", () => {
  it("answers at once for a function that needs nothing from around it", () => {
    expect(pickleFunction((x: number) => x + 1)).not.toBeInstanceOf(Promise);
  });

  it("gives the same object for the same function, and for functions of one text", () => {
    const make = (): (() => number) => () => 1;
    const fn = make();
    expect(pickleFunction(fn)).toBe(pickleFunction(fn));
    expect(pickleFunction(make())).toBe(pickleFunction(fn));
  });

  it("tells functions of one text apart by their names", () => {
    const first = () => 1;
    const second = () => 1;
    expect(pickleFunction(first)).not.toBe(pickleFunction(second));
    expect(pickleFunction(second)).toMatchObject({ name: "second" });
  });

  it("keeps the name of a function", () => {
    const plain = (x: number) => x;
    expect(copyOf(plain).name).toBe("plain");
  });

  it("keeps generators and async functions what they are", async () => {
    const count = function* (n: number): Generator<number> {
      for (let i = 0; i < n; i += 1) yield i;
    };
    const later = async (x: number): Promise<number> => x;
    expect([...copyOf(count)(3)]).toEqual([0, 1, 2]);
    expect(await copyOf(later)(1)).toBe(1);
  });

  it("keeps methods with computed, quoted and symbol keys", () => {
    const key = "with space";
    const methods = {
      [key](x: number) {
        return x + 1;
      },
      async *[Symbol.asyncIterator]() {
        yield 1;
      },
      "quoted-key": function (x: number) {
        return x;
      },
      __proto__(x: number) {
        return x * 2;
      },
    };
    expect(copyOf(methods[key])(1)).toBe(2);
    expect(copyOf(methods["quoted-key"])(3)).toBe(3);
    expect(copyOf(methods.__proto__)(2)).toBe(4);
    expect(copyOf(methods[Symbol.asyncIterator]).name).toBe("[Symbol.asyncIterator]");
  });

  it("compiles a function in the main realm, where it stays what it was", () => {
    expect(copyOf(() => Object.getPrototypeOf([]) === Array.prototype)()).toBe(true);
  });

  it("does not mind comments, regexes and templates that look like something else", () => {
    const fn = (x: string): string => {
      // A quote ' and a brace }
      const pattern = /[/'"`}]\)/g; /* ${nothing} */
      return `${x.replace(pattern, "-")} ${x === "" ? "}" : `nested ${x}`} }`;
    };
    expect(copyOf(fn)("a}) b")).toBe(fn("a}) b"));
  });

  it("refuses what is no function at all", () => {
    expect(() => pickleFunction("resize" as never)).toThrow(TypeError);
    expect(() => pickleFunction(null as never)).toThrow(/must be a function/);
  });

  it("throws a SerializationError with a stable code", () => {
    const captured = Math.random();
    const pickle = () => pickleFunction(() => captured);
    expect(pickle).toThrow(SerializationError);
    expect(pickle).toThrow(expect.objectContaining({ code: "ERR_EXECUTOR_SERIALIZATION" }));
  });

  it("gives functions of numbers that compute the same", () => {
    const operators = fc.constantFrom("+", "-", "*", "%", "&", "**");
    const expression = fc.letrec<{ expression: string }>((tie) => ({
      expression: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom("a", "b", "Math.PI"),
        fc.integer({ min: 0, max: 99 }).map(String),
        fc
          .tuple(tie("expression"), operators, tie("expression"))
          .map(([left, operator, right]) => `((${left}) ${operator} (${right}))`),
      ),
    })).expression;
    fc.assert(
      fc.property(expression, fc.double(), fc.double(), (text, a, b) => {
        // oxlint-disable-next-line typescript/no-implied-eval -- the text is made above
        const fn = new Function("a", "b", `return ${text}`) as (a: number, b: number) => number;
        expect(copyOf(fn)(a, b)).toBe(fn(a, b));
      }),
      { numRuns: 50 },
    );
  });
});
