/** What the source text of one function says about what it needs. */
export interface SourceAnalysis {
  readonly form: "expression" | "method" | "accessor" | "class member";
  readonly isClass: boolean;
  readonly isGenerator: boolean;
  readonly isAsync: boolean;
  /** Where a method's parameter list starts in the text; 0 in an expression. */
  readonly paramsStart: number;
  /** Whether the text is also strict code: no `with`, no octal numbers … */
  readonly parsesAsStrict: boolean;
  /** Names that nothing in the text declares, in order of appearance. */
  readonly freeNames: readonly FreeName[];
  /** What the function takes from the function or class around it, other than variables. */
  readonly outer: ReadonlySet<OuterUse>;
  readonly privateNames: readonly string[];
  readonly importMeta: boolean;
  readonly dynamicImport: boolean;
  readonly directEval: boolean;
}

/** A name that a function uses and does not declare. */
export interface FreeName {
  readonly name: string;
  /** Only ever `typeof name`: then it need not exist. */
  readonly typeofOnly: boolean;
}

export type OuterUse = "this" | "arguments" | "super" | "new.target";

/** The text cannot be analysed, and why. */
export interface SourceProblem {
  readonly problem: string;
}
