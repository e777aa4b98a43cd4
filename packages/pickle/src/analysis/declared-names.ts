import type { AnyNode, Expression, ModuleDeclaration, Pattern, Statement } from "acorn";

type BlockItem = Statement | ModuleDeclaration;

/** The names that a pattern binds: `{ a, b: [c], ...rest }` binds `a`, `c` and `rest`. */
export function patternNames(pattern: Pattern | null | undefined): string[] {
  if (pattern?.type === "Identifier") return [pattern.name];
  return partsOfPattern(pattern).flatMap(patternNames);
}

/** What a pattern evaluates when it declares names: default values and computed keys. */
export function patternExpressions(pattern: Pattern | null | undefined): Expression[] {
  const own: Expression[] = [];
  if (pattern?.type === "AssignmentPattern") own.push(pattern.right);
  if (pattern?.type === "ObjectPattern") {
    for (const property of pattern.properties) {
      if (property.type === "Property" && property.computed) own.push(property.key);
    }
  }
  return [...own, ...partsOfPattern(pattern).flatMap(patternExpressions)];
}

/** The names that `let`, `const`, `using`, `class` and `function` declare directly in a block. */
export function lexicalNames(items: readonly BlockItem[]): string[] {
  return items.flatMap((item) => {
    const statement = item.type === "LabeledStatement" ? item.body : item;
    if (statement.type === "FunctionDeclaration" || statement.type === "ClassDeclaration") {
      return [statement.id.name];
    }
    return statement.type === "VariableDeclaration" && statement.kind !== "var"
      ? statement.declarations.flatMap(({ id }) => patternNames(id))
      : [];
  });
}

/** The names that `var` declares anywhere in a function's body, nested functions and classes apart. */
export function varNames(node: AnyNode): string[] {
  if (/Function|^Class/.test(node.type)) return [];
  const own =
    node.type === "VariableDeclaration" && node.kind === "var"
      ? node.declarations.flatMap(({ id }) => patternNames(id))
      : [];
  return [...own, ...childNodes(node).flatMap(varNames)];
}

/** Every node directly below a node, in source order. */
export function childNodes(node: AnyNode): AnyNode[] {
  return Object.values(node).flatMap((value: unknown) =>
    (Array.isArray(value) ? value : [value]).filter(isNode),
  );
}

function partsOfPattern(pattern: Pattern | null | undefined): (Pattern | null)[] {
  if (pattern?.type === "ArrayPattern") return pattern.elements;
  if (pattern?.type === "AssignmentPattern") return [pattern.left];
  if (pattern?.type === "RestElement") return [pattern.argument];
  if (pattern?.type !== "ObjectPattern") return [];
  return pattern.properties.map((property) =>
    property.type === "RestElement" ? property.argument : property.value,
  );
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === "object" && value !== null && "type" in value && "start" in value;
}
