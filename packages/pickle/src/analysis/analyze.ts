import { createRequire } from "node:module";
import type { AnyNode, Expression, Options, parse, Program } from "acorn";
import { LruCache } from "../lru-cache.ts";
import type { SourceAnalysis, SourceProblem } from "./analysis.ts";
import { findFreeNames } from "./free-names.ts";

const require = createRequire(import.meta.url);

// Enough for every task of a large program; a text that was pushed out is parsed once more (30 µs).
const cache = new LruCache<string, SourceAnalysis | SourceProblem>(1000);

const OPTIONS: Options = {
  ecmaVersion: "latest",
  allowReserved: true,
  allowSuperOutsideMethod: true,
  checkPrivateFields: false,
};

/** How a function's text becomes a program: what `toString` gives is not always an expression. */
const WRAPPERS = [
  // Inside a function, because an arrow function may use the `new.target` of the one around it.
  { kind: "expression", before: "(function(){return(", after: "\n)})" },
  { kind: "method", before: "({", after: "\n})" },
  { kind: "class member", before: "(class{", after: "\n})" },
] as const;

type Wrapper = (typeof WRAPPERS)[number];

/** Reads the text of a function. Results are kept by text. */
export function analyzeSource(text: string): SourceAnalysis | SourceProblem {
  let analysis = cache.get(text);
  if (analysis === undefined) {
    analysis = analyzeText(text);
    cache.set(text, analysis);
  }
  return analysis;
}

/** Whether the function has no JavaScript text: native code, a bound function, a Proxy. */
export function isNativeText(text: string): boolean {
  return text.endsWith("{ [native code] }");
}

function analyzeText(text: string): SourceAnalysis | SourceProblem {
  let problem: unknown;
  for (const wrapper of WRAPPERS) {
    for (const sourceType of ["module", "script"] as const) {
      const program = tryParse(wrapper.before + text + wrapper.after, sourceType);
      if (!(program instanceof SyntaxError)) {
        return describe(program, wrapper, sourceType === "module");
      }
      problem ??= program;
    }
  }
  return { problem: `has a source text that cannot be parsed (${(problem as Error).message})` };
}

/** A module is strict and knows `import.meta`; what is no module may still be sloppy code. */
function tryParse(program: string, sourceType: "module" | "script"): Program | SyntaxError {
  // Loaded when the first function is analysed: 10 ms that most imports of this package never need.
  const acorn = require("acorn") as { readonly parse: typeof parse };
  try {
    return acorn.parse(program, { ...OPTIONS, sourceType });
  } catch (error) {
    if (error instanceof SyntaxError) return error;
    throw error;
  }
}

function describe(
  program: Program,
  wrapper: Wrapper,
  parsesAsStrict: boolean,
): SourceAnalysis | SourceProblem {
  const root = functionNode(program, wrapper.kind);
  if (root === undefined) return { problem: "has a source text that is not one function" };
  const shift = wrapper.before.length;
  const { node, accessor } = root;
  const found = findFreeNames(node);
  const isFunction = node.type !== "ClassExpression";
  return {
    form: accessor ? "accessor" : wrapper.kind,
    isClass: !isFunction,
    isGenerator: isFunction && node.generator,
    isAsync: isFunction && node.async,
    paramsStart: wrapper.kind === "expression" ? 0 : node.start - shift,
    parsesAsStrict,
    freeNames: found.freeNames,
    outer: found.outer,
    privateNames: found.privateNames,
    importMeta: found.importMeta,
    dynamicImport: found.dynamicImport,
    directEval: found.directEval,
  };
}

type FunctionNode = Extract<
  AnyNode,
  { type: "FunctionExpression" | "ArrowFunctionExpression" | "ClassExpression" }
>;

function functionNode(
  program: Program,
  kind: Wrapper["kind"],
): { node: FunctionNode; accessor: boolean } | undefined {
  const expression = onlyExpression(program.body);
  if (kind === "expression") {
    const inner =
      expression?.type === "FunctionExpression" ? onlyExpression(expression.body.body) : undefined;
    return inner && isFunctionNode(inner) ? { node: inner, accessor: false } : undefined;
  }
  if (expression?.type === "ObjectExpression") {
    const [property] = expression.properties;
    if (property?.type !== "Property" || property.value.type !== "FunctionExpression") {
      return undefined;
    }
    return { node: property.value, accessor: property.kind !== "init" };
  }
  if (expression?.type !== "ClassExpression") return undefined;
  const [member] = expression.body.body;
  return member?.type === "MethodDefinition"
    ? { node: member.value, accessor: member.kind === "get" || member.kind === "set" }
    : undefined;
}

/** What a program or body of a single statement evaluates. */
function onlyExpression(statements: Program["body"]): Expression | null | undefined {
  const [statement, ...others] = statements;
  if (others.length > 0) return undefined;
  if (statement?.type === "ReturnStatement") return statement.argument;
  return statement?.type === "ExpressionStatement" ? statement.expression : undefined;
}

function isFunctionNode(node: AnyNode): node is FunctionNode {
  return (
    node.type === "FunctionExpression" ||
    node.type === "ArrowFunctionExpression" ||
    node.type === "ClassExpression"
  );
}
