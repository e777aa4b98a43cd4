import type { AnyNode, Pattern, Statement, ModuleDeclaration } from "acorn";

type BlockItem = Statement | ModuleDeclaration;

/** The names that a pattern binds: `{ a, b: [c], ...rest }` binds `a`, `c` and `rest`. */
export function* patternNames(pattern: Pattern | null | undefined): Generator<string> {
  switch (pattern?.type) {
    case "Identifier":
      yield pattern.name;
      break;
    case "ObjectPattern":
      for (const property of pattern.properties) {
        yield* patternNames(property.type === "RestElement" ? property.argument : property.value);
      }
      break;
    case "ArrayPattern":
      for (const element of pattern.elements) yield* patternNames(element);
      break;
    case "AssignmentPattern":
      yield* patternNames(pattern.left);
      break;
    case "RestElement":
      yield* patternNames(pattern.argument);
      break;
    default:
  }
}

/** The names that `let`, `const`, `using`, `class` and `function` declare directly in a block. */
export function* lexicalNames(items: readonly BlockItem[]): Generator<string> {
  for (const item of items) {
    const statement = item.type === "LabeledStatement" ? item.body : item;
    if (statement.type === "VariableDeclaration" && statement.kind !== "var") {
      for (const declaration of statement.declarations) yield* patternNames(declaration.id);
    } else if (
      statement.type === "FunctionDeclaration" ||
      statement.type === "ClassDeclaration"
    ) {
      yield statement.id.name;
    }
  }
}

/** The names that `var` declares anywhere in a function's body, nested functions apart. */
export function* varNames(node: AnyNode): Generator<string> {
  if (startsVarScope(node)) return;
  if (node.type === "VariableDeclaration" && node.kind === "var") {
    for (const declaration of node.declarations) yield* patternNames(declaration.id);
  }
  for (const child of childNodes(node)) yield* varNames(child);
}

/** Every node directly below a node, in source order. */
export function* childNodes(node: AnyNode): Generator<AnyNode> {
  for (const value of Object.values(node)) {
    if (Array.isArray(value)) yield* value.filter(isNode);
    else if (isNode(value)) yield value;
  }
}

function startsVarScope(node: AnyNode): boolean {
  switch (node.type) {
    case "FunctionDeclaration":
    case "FunctionExpression":
    case "ArrowFunctionExpression":
    case "ClassDeclaration":
    case "ClassExpression":
      return true;
    default:
      return false;
  }
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === "object" && value !== null && "type" in value && "start" in value;
}
