import * as vm from "node:vm";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SourceAnalysis } from "../dist/analysis/analysis.js";
import { analyzeSource } from "../dist/analysis/analyze.js";

function analyze(text: string): SourceAnalysis {
  const analysis = analyzeSource(text);
  if ("problem" in analysis) throw new Error(analysis.problem);
  return analysis;
}

const freeNames = (text: string): string[] => analyze(text).freeNames.map(({ name }) => name);

describe("free names", () => {
  it.each<[text: string, free: string]>([
    ["() => 1", ""],
    ["(a, b = c) => a + b + d", "c d"],
    ["({ a, b: { c = x }, ...rest }, [d, , e = y] = z) => [a, c, rest, d, e]", "x z y"],
    ["({ [key]: a }) => a", "key"],
    ["(a = b) => { var b = 1; return b; }", "b"],
    ["(a = () => a) => a", ""],
    ["() => { if (1) { var a = 1; } for (var b in {}) var c; return [a, b, c]; }", ""],
    ["() => { { let a = 1; const b = 2; class C {} } return [a, b, C]; }", "a b C"],
    ["() => { f(); function f() {} }", ""],
    ["() => { function f() { return f; } return () => f; }", ""],
    ["function f() { return f; }", ""],
    ["() => { try { a(); } catch (e) { e; } finally { e; } }", "a e"],
    ["() => { try { } catch ({ message, code = b }) { message; code; } }", "b"],
    ["() => { try { } catch { a; } }", "a"],
    ["() => { label: for (;;) { break label; } other: { continue_; } }", "continue_"],
    ["() => { outer: while (1) { continue outer; } }", ""],
    ["() => { for (let i = 0, n = m; i < n; i++) i; return i; }", "m i"],
    ["() => { for (const x of xs) x; for (y in ys) y; }", "xs y ys"],
    ["() => { for (const { a = b } of c) a; }", "b c"],
    ["async () => { for await (const x of xs) await x; }", "xs"],
    ["() => { switch (a) { case b: let c = 1; default: c; } return c; }", "a b c"],
    ["() => a.b.c[d].e", "a d"],
    ["() => a?.b?.[c]?.(d)", "a c d"],
    ["() => ({ a, b: c, [d]: 1, e() { return f; }, get g() { return h; } })", "a c d f h"],
    ["() => ({ __proto__: a })", "a"],
    ["() => `${a} text ${`${b}`} ${tag`${c}`}`", "a b tag c"],
    ["() => /a[b/]c/.test('d')", ""],
    ["() => { // a\n /* b */ return '<!-- c'; }", ""],
    ["() => typeof a", "a"],
    ["() => { a = 1; b += 2; c++; --d; [e, f.g] = h; ({ i: j, k } = l); }", "a b c d e f h j k l"],
    ["() => { ({ a = b, ...c } = d); }", "a b c d"],
    ["function () { return arguments; }", ""],
    ["() => { function f() { return arguments; } }", ""],
    ["() => new A(b, ...c)", "A b c"],
    ["() => (a, b) ? c : d", "a b c d"],
    ["() => a ?? (b || c)", "a b c"],
    ["() => class A extends B { x = y; static z = w; [k]() { return A; } }", "B y w k"],
    ["() => { class A { static { var v = a; let l = v; } } return v; }", "a v"],
    ["() => class { #p = 1; m(o) { return #p in o && o.#p; } }", ""],
    ["() => class { a() { return b; } static async *c() { yield d; } }", "b d"],
    ["() => { const A = class B { m() { return B; } }; return B; }", "B"],
    ["function* g() { yield a; yield* b; }", "a b"],
    ["async function f() { await a; }", "a"],
    ["method(a) { return a + b; }", "b"],
    ["async *[computed](a) { yield b; }", "b"],
    ["'quoted name'() { return a; }", "a"],
    ["() => { with_(a); let { b } = c, d = b; return d; }", "with_ a c"],
    ["(x) => { const y = () => { const z = x + w; return z; }; return y; }", "w"],
    ["() => { let undefined_; return undefined; }", "undefined"],
    ["(async) => async(await_)", "await_"],
    ["async => async", ""],
    ["async x => x + y", "y"],
    ["() => import(a)", "a"],
    ["function () { with (a) { b; } }", "a b"],
    ["() => { do { let a; } while (a); }", "a"],
    ["() => { throw a; }", "a"],
    ["() => { { function f() {} f(); } }", ""],
    ["() => { let a = a_ => b; }", "b"],
    ["class A extends B { m() { return C; } }", "B C"],
  ])("of %s are: %s", (text, free) => {
    expect(freeNames(text).join(" ")).toBe(free);
  });

  it("say whether a name is only ever asked for its type", () => {
    expect(analyze("() => typeof a === 'b' && typeof c && c").freeNames).toEqual([
      { name: "a", typeofOnly: true },
      { name: "c", typeofOnly: false },
    ]);
  });

  it.each<[text: string, outer: string]>([
    ["() => this", "this"],
    ["() => () => this", "this"],
    ["function () { return this; }", ""],
    ["() => { function f() { return this; } }", ""],
    ["() => ({ m() { return this; } })", ""],
    ["() => class { a = this; static { this; } }", ""],
    ["() => class { [this.a] = 1; }", "this"],
    ["() => arguments[0]", "arguments"],
    ["(a = arguments) => a", "arguments"],
    ["() => function () { return arguments; }", ""],
    ["() => new.target", "new.target"],
    ["function () { return new.target; }", ""],
    ["m() { return super.m(); }", "super"],
    ["() => super.m()", "super"],
    ["() => ({ m() { return super.m(); } })", ""],
    ["() => class extends Object { constructor() { super(); } }", ""],
  ])("%s takes from the function around it: %s", (text, outer) => {
    expect([...analyze(text).outer].join(" ")).toBe(outer);
  });

  it.each<[text: string, found: Partial<SourceAnalysis>]>([
    ["() => import.meta.url", { importMeta: true }],
    ["() => import('x')", { dynamicImport: true }],
    ["() => eval('x')", { directEval: true }],
    ["() => (0, eval)('x')", { directEval: false }],
    ["(eval_) => eval_('x')", { directEval: false }],
    ["m() { return this.#a + o.#b; }", { privateNames: ["#a", "#b"] }],
    ["#m() { return 1; }", { form: "class member" }],
    ["get x() { return 1; }", { form: "accessor" }],
    ["set x(v) {}", { form: "accessor" }],
    ["m() {}", { form: "method", isAsync: false, isGenerator: false }],
    ["async *m() {}", { form: "method", isAsync: true, isGenerator: true }],
    ["class A {}", { isClass: true }],
    ["function () { return 010; }", { parsesAsStrict: false }],
    ["function () { return 8; }", { parsesAsStrict: true }],
  ])("%s is seen for what it is", (text, found) => {
    expect(analyze(text)).toMatchObject(found);
  });

  it("are what the engine looks up outside when the function runs", () => {
    fc.assert(
      fc.property(program, (body) => {
        // Sloppy code lets functions out of their blocks, and the analysis takes those as free.
        const text = `function () { "use strict"; ${body} }`;
        const outside = lookedUpOutside(text);
        fc.pre(outside !== undefined);
        expect(freeNames(text).toSorted()).toEqual([...outside].toSorted());
      }),
      { numRuns: 500 },
    );
  });
});

const name = fc.constantFrom("a", "b", "c", "d");
const twoNames = fc.tuple(name, name);

/** A name before its declaration throws; what matters is only where it is looked for. */
const use = (x: string): string => `try { ${x}; } catch {}`;

/** Statements that all run, so that every name in them is looked up once at least. */
const program = fc.letrec<{ block: string; statement: string }>((tie) => {
  const inside = fc.tuple(name, tie("block"));
  return {
    block: fc.array(tie("statement"), { maxLength: 4 }).map((list) => list.join(" ")),
    statement: fc.oneof(
      { maxDepth: 4 },
      name.map(use),
      name.map((x) => `var ${x} = 1;`),
      name.map((x) => `let ${x} = 1;`),
      name.map((x) => `function ${x}() {}`),
      name.map((x) => `class ${x} {}`),
      twoNames.map(([x, y]) => `const { [(() => { ${use(y)} })()]: ${x} = () => 1 } = {};`),
      twoNames.map(([x, y]) => `((${x}, z = () => { ${use(y)} }) => { ${use(x)} z(); })(1);`),
      tie("block").map((inner) => `{ ${inner} }`),
      inside.map(([x, inner]) => `((${x}) => { ${inner} })(1);`),
      inside.map(([x, inner]) => `(function ${x}() { ${inner} })();`),
      inside.map(([x, inner]) => `try { throw 1; } catch (${x}) { ${inner} }`),
      inside.map(([x, inner]) => `for (const ${x} of [1]) { ${inner} }`),
      inside.map(([x, inner]) => `switch (1) { case 1: let ${x}; ${inner} }`),
      // In a function of its own: engine and parser disagree about declaring a name twice in there.
      inside.map(([x, inner]) => `(class ${x} { static { (() => { ${inner} })(); } });`),
      inside.map(([x, inner]) => `({ ${x}() { ${inner} } }).${x}();`),
    ),
  };
}).block;

/** The names that a function looks up around itself: a `with` object hears of each one. */
function lookedUpOutside(text: string): Set<string> | undefined {
  const names = new Set<string>();
  const spy = new Proxy(
    {},
    {
      has(_target, key) {
        if (typeof key === "string") names.add(key);
        return true;
      },
      // Everything that is asked for exists, is a constant, and hides nothing.
      get: (_target, key) => (key === Symbol.unscopables ? undefined : 1),
    },
  );
  try {
    const run = vm.runInThisContext(`(function (spy) { with (spy) { (${text})(); } })`) as (
      spy: object,
    ) => void;
    run(spy);
  } catch {
    // Two declarations of one name, mostly: not a program.
    return undefined;
  }
  names.delete("spy");
  return names;
}
