import type {
  AnyNode,
  ArrowFunctionExpression,
  Class,
  Expression,
  ForInStatement,
  ForOfStatement,
  ForStatement,
  Function as FunctionNode,
  Statement,
} from "acorn";
import {
  childNodes,
  lexicalNames,
  patternExpressions,
  patternNames,
  varNames,
} from "./declared-names.ts";
import { type Findings, Surroundings } from "./surroundings.ts";

/**
 * What a function or class, as an expression, uses and does not declare itself.
 *
 * Where the language is subtle this errs towards "free": a name too many is looked up in the real
 * scopes and found to be none of them, a name too few would be missing in the worker.
 */
export function findFreeNames(root: Expression): Findings {
  const around = new Surroundings();
  visit(root, around);
  return around;
}

type Visitors = {
  readonly [Type in AnyNode["type"]]?: (
    node: Extract<AnyNode, { type: Type }>,
    around: Surroundings,
  ) => void;
};

/** Nodes that are more than their children. */
const VISITORS: Visitors = {
  Identifier: ({ name }, around) => around.useName(name),
  PrivateIdentifier: ({ name }, around) => around.usePrivateName(name),
  ThisExpression: (_node, around) => around.useOuter("this"),
  Super: (_node, around) => around.useOuter("super"),
  MetaProperty({ meta }, around) {
    if (meta.name === "import") around.importMeta = true;
    else around.useOuter("new.target");
  },
  ImportExpression(node, around) {
    around.dynamicImport = true;
    visitChildren(node, around);
  },
  UnaryExpression({ operator, argument }, around) {
    if (operator === "typeof" && argument.type === "Identifier")
      around.useName(argument.name, true);
    else visit(argument, around);
  },
  CallExpression(node, around) {
    const isEval = node.callee.type === "Identifier" && node.callee.name === "eval";
    if (isEval && !around.isDeclared("eval")) around.directEval = true;
    visitChildren(node, around);
  },
  MemberExpression({ object, property, computed }, around) {
    visit(object, around);
    if (computed || property.type === "PrivateIdentifier") visit(property, around);
  },
  Property(node, around) {
    if (node.computed) visit(node.key, around);
    // Methods and accessors; `method` is false for the latter.
    if (node.method || node.kind !== "init") around.asMember(() => visit(node.value, around));
    else visit(node.value, around);
  },
  LabeledStatement: ({ body }, around) => visit(body, around),
  BreakStatement: () => undefined,
  ContinueStatement: () => undefined,

  FunctionDeclaration: (node, around) => around.withOwnThis(() => visitFunction(node, around)),
  FunctionExpression: (node, around) => around.withOwnThis(() => visitFunction(node, around)),
  ArrowFunctionExpression: visitFunction,
  ClassDeclaration: visitClass,
  ClassExpression: visitClass,
  VariableDeclarator({ id, init }, around) {
    for (const expression of patternExpressions(id)) visit(expression, around);
    visit(init, around);
  },
  BlockStatement: ({ body }, around) => visitBlock(body, around),
  ForStatement: (node, around) => visitLoop(node, node.init, around),
  ForInStatement: (node, around) => visitLoop(node, node.left, around),
  ForOfStatement: (node, around) => visitLoop(node, node.left, around),
  SwitchStatement({ discriminant, cases }, around) {
    visit(discriminant, around);
    around.inScope(lexicalNames(cases.flatMap((clause) => clause.consequent)), () => {
      for (const clause of cases) visitChildren(clause, around);
    });
  },
  CatchClause({ param, body }, around) {
    around.inScope(patternNames(param), () => {
      for (const expression of patternExpressions(param)) visit(expression, around);
      visit(body, around);
    });
  },
};

function visit(node: AnyNode | null | undefined, around: Surroundings): void {
  if (!node) return;
  const visitor = VISITORS[node.type] as
    | ((node: AnyNode, around: Surroundings) => void)
    | undefined;
  (visitor ?? visitChildren)(node, around);
}

function visitChildren(node: AnyNode, around: Surroundings): void {
  for (const child of childNodes(node)) visit(child, around);
}

function visitFunction(node: FunctionNode | ArrowFunctionExpression, around: Surroundings): void {
  const ownName = node.type === "FunctionExpression" && node.id ? [node.id.name] : [];
  around.inScope([...ownName, ...node.params.flatMap(patternNames)], () => {
    // A default value does not see the variables of the body.
    for (const expression of node.params.flatMap(patternExpressions)) visit(expression, around);
    visitBody(node.body, around);
  });
}

/** A function's body or a class's static block, where `var` stops. */
function visitBody(
  body: Expression | { type: string; body: Statement[] },
  around: Surroundings,
): void {
  if (!("body" in body) || !Array.isArray(body.body)) {
    visit(body as Expression, around);
    return;
  }
  const statements = body.body;
  around.inScope(statements.flatMap(varNames), () => visitBlock(statements, around));
}

function visitClass(node: Class | AnyNode, around: Surroundings): void {
  const { id, superClass, body } = node as Class;
  const privateNames = body.body.flatMap((member) =>
    "key" in member && member.key.type === "PrivateIdentifier" ? [member.key.name] : [],
  );
  around.inScope(id ? [id.name] : [], () => {
    visit(superClass, around);
    around.inClass(privateNames, () => {
      for (const member of body.body) {
        if (member.type === "StaticBlock") {
          around.asMember(() => visitBody(member, around));
          continue;
        }
        if (member.computed) visit(member.key, around);
        around.asMember(() => visit(member.value, around));
      }
    });
  });
}

function visitBlock(statements: readonly Statement[], around: Surroundings): void {
  around.inScope(lexicalNames(statements), () => {
    for (const statement of statements) visit(statement, around);
  });
}

function visitLoop(
  loop: ForStatement | ForInStatement | ForOfStatement,
  head: AnyNode | null | undefined,
  around: Surroundings,
): void {
  const names = head?.type === "VariableDeclaration" ? lexicalNames([head]) : [];
  around.inScope(names, () => visitChildren(loop, around));
}
