import type { FreeName, OuterUse, SourceAnalysis } from "./analysis.ts";

export type Findings = Pick<
  SourceAnalysis,
  "freeNames" | "outer" | "privateNames" | "importMeta" | "dynamicImport" | "directEval"
>;

/** What is in scope at one point of a source text, and what was found so far to come from outside it. */
export class Surroundings implements Findings {
  /** Names declared around this point, outermost scope first. */
  readonly #scopes: ReadonlySet<string>[] = [];
  /** Private names declared by the classes around this point. */
  readonly #classes: ReadonlySet<string>[] = [];
  /** How many functions around this point have a `this` and `arguments` of their own. */
  #thisDepth = 0;
  /** How many methods around this point have a `super` of their own. */
  #superDepth = 0;

  readonly #free = new Map<string, { name: string; typeofOnly: boolean }>();
  readonly #private = new Set<string>();
  readonly outer: Set<OuterUse> = new Set<OuterUse>();
  importMeta = false;
  dynamicImport = false;
  directEval = false;

  get freeNames(): FreeName[] {
    return [...this.#free.values()];
  }

  get privateNames(): string[] {
    return [...this.#private];
  }

  useName(name: string, isTypeof = false): void {
    if (this.isDeclared(name)) return;
    if (name === "arguments") {
      this.useOuter("arguments");
      return;
    }
    const known = this.#free.get(name);
    if (known === undefined) this.#free.set(name, { name, typeofOnly: isTypeof });
    else known.typeofOnly &&= isTypeof;
  }

  usePrivateName(name: string): void {
    if (!this.#classes.some((names) => names.has(name))) this.#private.add(`#${name}`);
  }

  useOuter(use: OuterUse): void {
    const depth = use === "super" ? this.#superDepth : this.#thisDepth;
    if (depth === 0) this.outer.add(use);
  }

  isDeclared(name: string): boolean {
    return this.#scopes.some((names) => names.has(name));
  }

  inScope(names: readonly string[], action: () => void): void {
    this.#scopes.push(new Set(names));
    action();
    this.#scopes.pop();
  }

  inClass(privateNames: readonly string[], action: () => void): void {
    this.#classes.push(new Set(privateNames));
    action();
    this.#classes.pop();
  }

  withOwnThis(action: () => void): void {
    this.#thisDepth += 1;
    action();
    this.#thisDepth -= 1;
  }

  /** Methods, accessors, fields and static blocks have a `this` and a `super` of their own. */
  asMember(action: () => void): void {
    this.#superDepth += 1;
    this.withOwnThis(action);
    this.#superDepth -= 1;
  }
}
