/** A function of the global object, by the names that lead to it: `["Math", "max"]`. */
export interface GlobalRecord {
  readonly kind: "global";
  readonly path: readonly string[];
}

/** A function of a module that is part of Node itself: `node:path`, `["join"]`. */
export interface BuiltinRecord {
  readonly kind: "builtin";
  readonly module: string;
  readonly path: readonly string[];
}

/** A function that a module exports, or a member of something it exports. */
export interface ModuleRecord {
  readonly kind: "module";
  readonly url: string;
  readonly path: readonly string[];
  readonly format: "esm" | "commonjs";
}

/** A function by value: its source text. It uses nothing of the scopes around it but globals. */
export interface SourceRecord {
  readonly kind: "source";
  /** What `name` of the function says; an expression without a name of its own gets it back. */
  readonly name: string;
  readonly text: string;
  /** A method has to be compiled inside an object literal, under the key `name`. */
  readonly form: "expression" | "method";
  readonly strict: boolean;
  /** Whether the text has `import()`, which needs a loader and a place to resolve from. */
  readonly dynamicImport: boolean;
  /** Where the text stands, when that is known: stack traces and relative `import()` go by it. */
  readonly location?: SourceLocation;
}

/** A place in a loaded script: lines and columns count from 0, as V8's do. */
export interface SourceLocation {
  readonly url: string;
  readonly line: number;
  readonly column: number;
}

/** How a function travels. Plain data: structured clone and `JSON` keep all of it. */
export type FunctionRecord = GlobalRecord | BuiltinRecord | ModuleRecord | SourceRecord;

/**
 * A function, ready to travel.
 *
 * The same object for the same function, and for functions without outer variables that share one
 * source text, so that a sender can tell by identity what a receiver already has.
 */
export interface PickledFunction {
  readonly name: string;
  readonly record: FunctionRecord;
}

/** Any function at all. What it takes and gives back is nobody's business here. */
// oxlint-disable-next-line typescript/no-unsafe-function-type -- classes and natives are meant too
export type AnyFunction = Function;
