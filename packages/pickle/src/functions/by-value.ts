import type { SourceAnalysis } from "../analysis/analysis.ts";
import { nameOf } from "./function-name.ts";
import { type Inspection, type Scope, knownLocation, locate } from "../inspector.ts";
import { isGlobalName, isGlobalWithoutScopes } from "./globals.ts";
import type { AnyFunction, SourceLocation, SourceRecord } from "./record.ts";

/** What keeps a function from travelling by value, whatever its variables are. */
export interface Obstacle {
  readonly reason: string;
  readonly remedy?: string;
}

const PASS_AS_ARGUMENT = "pass what it needs as arguments";
const USE_A_FUNCTION = "use a function of its own, or export it from a module";

/** The first of the things in a function's text that cannot be had outside the place where it stands. */
export function obstacleOf(analysis: SourceAnalysis): Obstacle | undefined {
  if (analysis.isClass) {
    return { reason: "is a class", remedy: "send a function that creates the instance itself" };
  }
  if (analysis.form === "accessor")
    return { reason: "is a getter or setter", remedy: USE_A_FUNCTION };
  if (analysis.privateNames.length > 0) {
    return { reason: `uses the private name ${analysis.privateNames[0]} of its class` };
  }
  if (analysis.outer.has("super")) return { reason: "uses `super`" };
  for (const use of analysis.outer) {
    const reason = `uses \`${use}\` of the function around it`;
    return { reason, remedy: PASS_AS_ARGUMENT };
  }
  if (analysis.directEval) {
    return {
      reason: "calls eval() directly, so that its variables cannot be known",
      remedy: "export it from a module, or do without eval()",
    };
  }
  if (analysis.importMeta) {
    return {
      reason: "uses import.meta, which is its module's own",
      remedy: "export it from that module, or pass the URL as an argument",
    };
  }
  return undefined;
}

/** Whether nothing but the text is needed: such a function travels without a look at its scopes. */
export function isSelfContained(analysis: SourceAnalysis): boolean {
  return analysis.freeNames.length === 0 && !analysis.dynamicImport;
}

/**
 * The free names that stand for variables around the function, in order of appearance.
 *
 * Without scopes only the names of the language count as globals: any other, such as `setTimeout`,
 * may be an import that hides the global.
 */
export function capturedNames(analysis: SourceAnalysis, scopes?: readonly Scope[]): string[] {
  const isGlobal = (name: string): boolean =>
    scopes === undefined
      ? isGlobalWithoutScopes(name)
      : isGlobalName(name) &&
        !scopes.some(({ type, vars }) => type !== "Global" && Object.hasOwn(vars, name));
  return analysis.freeNames.flatMap(({ name }) => (isGlobal(name) ? [] : [name]));
}

/** The record of a function that captures nothing. */
export function sourceRecord(
  fn: AnyFunction,
  text: string,
  analysis: SourceAnalysis,
  inspection?: Inspection,
): SourceRecord {
  const name = nameOf(fn);
  const isMethod = analysis.form === "method";
  // A method gets a plain key: a computed one is an expression of the place where it stood.
  const head = isMethod ? methodHead(name, analysis) : textBeforeParams(text);
  const location = analysis.dynamicImport
    ? locate(inspection?.position)
    : knownLocation(inspection?.position);
  return {
    kind: "source",
    name,
    text: isMethod ? head + text.slice(analysis.paramsStart) : text,
    form: isMethod ? "method" : "expression",
    strict: isStrict(fn, analysis, inspection),
    dynamicImport: analysis.dynamicImport,
    ...(location && { location: startOfText(location, head) }),
  };
}

/**
 * Sloppy functions written with `function` have an `arguments` property of their own. Other forms do
 * not tell; they are taken to be strict, as all of a module is, unless only sloppy code reads so.
 */
function isStrict(fn: AnyFunction, analysis: SourceAnalysis, inspection?: Inspection): boolean {
  if (inspection?.scopes.some((scope) => scope.type === "Module")) return true;
  return analysis.parsesAsStrict && !Object.hasOwn(fn, "arguments");
}

function methodHead(name: string, { isAsync, isGenerator }: SourceAnalysis): string {
  return `${isAsync ? "async " : ""}${isGenerator ? "*" : ""}${JSON.stringify(name)}`;
}

/** V8 points at the parameter list; the text starts before it, at times on an earlier line. */
function startOfText({ url, line, column }: SourceLocation, head: string): SourceLocation {
  const lines = head.split("\n");
  return lines.length === 1
    ? { url, line, column: Math.max(0, column - head.length) }
    : { url, line: line - lines.length + 1, column: 0 };
}

/** What stands before the parameters. An arrow function is located by its first word, `async` or not. */
function textBeforeParams(text: string): string {
  return /^(?:async\s*)?function\s*\*?\s*[^\s(]*\s*(?=\()/.exec(text)?.[0] ?? "";
}
