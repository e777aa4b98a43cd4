import type {
  AnyNode,
  ArrowFunctionExpression,
  Class,
  Expression,
  ForInStatement,
  ForOfStatement,
  ForStatement,
  Function as FunctionNode,
  Identifier,
  ObjectExpression,
  Statement,
  SwitchStatement,
} from "acorn";
import type { FreeName, OuterUse, SourceAnalysis } from "./analysis.ts";
import { childNodes, lexicalNames, patternNames, varNames } from "./declared-names.ts";

type Found = Pick<
  SourceAnalysis,
  "freeNames" | "outer" | "privateNames" | "importMeta" | "dynamicImport" | "directEval"
>;

/** What a function or class, as an expression, uses and does not declare itself. */
export function findFreeNames(root: Expression): Found {
  const finder = new FreeNameFinder();
  finder.visit(root);
  return finder.found();
}

/**
 * Walks a syntax tree with the names in scope at hand.
 *
 * Where the language is subtle it errs towards "free": a name too many is looked up in the real
 * scopes and found to be none of them, a name too few would be missing in the worker.
 */
class FreeNameFinder {
  /** Names declared around the node being visited, outermost scope first. */
  readonly #scopes: ReadonlySet<string>[] = [];
  /** Private names declared by the classes around the node. */
  readonly #privateScopes: ReadonlySet<string>[] = [];
  /** How many functions around the node have a `this` and `arguments` of their own. */
  #thisDepth = 0;
  /** How many methods around the node have a `super` of their own. */
  #superDepth = 0;

  readonly #free = new Map<string, { name: string; typeofOnly: boolean }>();
  readonly #outer = new Set<OuterUse>();
  readonly #privateNames = new Set<string>();
  #importMeta = false;
  #dynamicImport = false;
  #directEval = false;

  found(): Found {
    return {
      freeNames: [...this.#free.values()] satisfies FreeName[],
      outer: this.#outer,
      privateNames: [...this.#privateNames],
      importMeta: this.#importMeta,
      dynamicImport: this.#dynamicImport,
      directEval: this.#directEval,
    };
  }

  visit(node: AnyNode | null | undefined): void {
    if (!node) return;
    switch (node.type) {
      case "BreakStatement":
      case "ContinueStatement":
        return;
      case "Identifier":
        return this.#reference(node.name);
      case "PrivateIdentifier":
        if (!this.#privateScopes.some((names) => names.has(node.name))) {
          this.#privateNames.add(`#${node.name}`);
        }
        return;
      case "ThisExpression":
        if (this.#thisDepth === 0) this.#outer.add("this");
        return;
      case "Super":
        if (this.#superDepth === 0) this.#outer.add("super");
        return;
      case "MetaProperty":
        if (node.meta.name === "import") this.#importMeta = true;
        else if (this.#thisDepth === 0) this.#outer.add("new.target");
        return;
      case "ImportExpression":
        this.#dynamicImport = true;
        return this.#visitChildren(node);
      case "UnaryExpression":
        if (node.operator === "typeof" && node.argument.type === "Identifier") {
          return this.#reference(node.argument.name, true);
        }
        return this.visit(node.argument);
      case "CallExpression":
        if (isNamed(node.callee, "eval") && !this.#isDeclared("eval")) this.#directEval = true;
        return this.#visitChildren(node);
      case "MemberExpression":
        this.visit(node.object);
        if (node.computed || node.property.type === "PrivateIdentifier") this.visit(node.property);
        return;
      case "Property":
        if (node.computed) this.visit(node.key);
        return this.visit(node.value);
      case "LabeledStatement":
        return this.visit(node.body);
      default:
        return this.#visitScope(node);
    }
  }

  /** The nodes that declare names. */
  #visitScope(node: AnyNode): void {
    switch (node.type) {
      case "FunctionDeclaration":
      case "FunctionExpression":
        return this.#withOwnThis(() => this.#visitFunction(node));
      case "ArrowFunctionExpression":
        return this.#visitFunction(node);
      case "ClassDeclaration":
      case "ClassExpression":
        return this.#visitClass(node);
      case "ObjectExpression":
        return this.#visitObject(node);
      case "VariableDeclarator":
        this.#visitPattern(node.id);
        return this.visit(node.init);
      case "BlockStatement":
        return this.#visitBlock(node.body);
      case "ForStatement":
      case "ForInStatement":
      case "ForOfStatement":
        return this.#visitLoop(node);
      case "SwitchStatement":
        return this.#visitSwitch(node);
      case "CatchClause":
        return this.#inScope(patternNames(node.param), () => {
          this.#visitPattern(node.param);
          this.visit(node.body);
        });
      default:
        return this.#visitChildren(node);
    }
  }

  #visitFunction(node: FunctionNode | ArrowFunctionExpression): void {
    const ownName = node.type === "FunctionExpression" && node.id ? [node.id.name] : [];
    const parameters = node.params.flatMap((param) => [...patternNames(param)]);
    this.#inScope([...ownName, ...parameters], () => {
      // A default value does not see the variables of the body.
      for (const param of node.params) this.#visitPattern(param);
      if (node.body.type !== "BlockStatement") return this.visit(node.body);
      const statements = node.body.body;
      this.#inScope(
        statements.flatMap((statement) => [...varNames(statement)]),
        () => this.#visitBlock(statements),
      );
    });
  }

  #visitClass(node: Class): void {
    const privateNames = node.body.body.flatMap((member) =>
      "key" in member && member.key.type === "PrivateIdentifier" ? [member.key.name] : [],
    );
    this.#inScope(node.id ? [node.id.name] : [], () => {
      this.visit(node.superClass);
      this.#privateScopes.push(new Set(privateNames));
      for (const member of node.body.body) {
        if (member.type === "StaticBlock") {
          this.#inScope(
            member.body.flatMap((statement) => [...varNames(statement)]),
            () => this.#asMember(() => this.#visitBlock(member.body)),
          );
          continue;
        }
        if (member.computed) this.visit(member.key);
        this.#asMember(() => this.visit(member.value));
      }
      this.#privateScopes.pop();
    });
  }

  /** Methods and accessors of an object literal have a `super` of their own. */
  #visitObject(node: ObjectExpression): void {
    for (const property of node.properties) {
      if (property.type === "SpreadElement" || !(property.method || property.kind !== "init")) {
        this.visit(property);
        continue;
      }
      if (property.computed) this.visit(property.key);
      this.#asMember(() => this.visit(property.value));
    }
  }

  #visitBlock(statements: readonly Statement[]): void {
    this.#inScope(lexicalNames(statements), () => {
      for (const statement of statements) this.visit(statement);
    });
  }

  #visitLoop(node: ForStatement | ForInStatement | ForOfStatement): void {
    const head = node.type === "ForStatement" ? node.init : node.left;
    const names = head?.type === "VariableDeclaration" ? [...lexicalNames([head])] : [];
    this.#inScope(names, () => this.#visitChildren(node));
  }

  #visitSwitch(node: SwitchStatement): void {
    this.visit(node.discriminant);
    this.#inScope(
      node.cases.flatMap((clause) => [...lexicalNames(clause.consequent)]),
      () => {
        for (const clause of node.cases) this.#visitChildren(clause);
      },
    );
  }

  /** A pattern that declares: only its default values and computed keys are expressions. */
  #visitPattern(pattern: AnyNode | null | undefined): void {
    switch (pattern?.type) {
      case undefined:
      case "Identifier":
        return;
      case "ObjectPattern":
        for (const property of pattern.properties) {
          if (property.type === "Property" && property.computed) this.visit(property.key);
          this.#visitPattern(property.type === "Property" ? property.value : property.argument);
        }
        return;
      case "ArrayPattern":
        for (const element of pattern.elements) this.#visitPattern(element);
        return;
      case "AssignmentPattern":
        this.#visitPattern(pattern.left);
        return this.visit(pattern.right);
      case "RestElement":
        return this.#visitPattern(pattern.argument);
      default:
        return this.visit(pattern);
    }
  }

  #visitChildren(node: AnyNode): void {
    for (const child of childNodes(node)) this.visit(child);
  }

  #reference(name: string, isTypeof = false): void {
    if (this.#isDeclared(name)) return;
    if (name === "arguments") {
      if (this.#thisDepth === 0) this.#outer.add("arguments");
      return;
    }
    const known = this.#free.get(name);
    if (known === undefined) this.#free.set(name, { name, typeofOnly: isTypeof });
    else known.typeofOnly &&= isTypeof;
  }

  #isDeclared(name: string): boolean {
    return this.#scopes.some((names) => names.has(name));
  }

  #inScope(names: Iterable<string>, action: () => void): void {
    this.#scopes.push(new Set(names));
    action();
    this.#scopes.pop();
  }

  #withOwnThis(action: () => void): void {
    this.#thisDepth += 1;
    action();
    this.#thisDepth -= 1;
  }

  #asMember(action: () => void): void {
    this.#superDepth += 1;
    this.#withOwnThis(action);
    this.#superDepth -= 1;
  }
}

function isNamed(node: AnyNode, name: string): node is Identifier {
  return node.type === "Identifier" && node.name === name;
}
