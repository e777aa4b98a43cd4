import type { Session } from "node:inspector";
import { runInThisContext } from "node:vm";
import type { SourceLocation } from "./functions/record.ts";

/** One scope around a function: `vars` holds a copy of its variables, taken now. */
export interface Scope {
  /** V8's word for it: `Local`, `Closure`, `Block`, `Catch`, `Script`, `Module`, `Eval`, `With`, `Global` … */
  readonly type: string;
  readonly vars: object;
}

/** What V8 knows of a function. */
export interface Inspection {
  /** From the innermost outwards; empty for native and bound functions. */
  readonly scopes: readonly Scope[];
  readonly isBound: boolean;
  readonly position?: Position;
}

/** Where a function's parameter list begins. The script's URL costs more and is asked for apart. */
export interface Position {
  readonly scriptId: string;
  readonly line: number;
  readonly column: number;
}

interface RemoteObject {
  readonly objectId?: string;
  readonly value?: unknown;
}

/** The inspector cannot be used here: `--permission`, or a build without it. `cause` says why. */
class InspectorUnavailable extends Error {}

const GROUP = "concurrent-pickle";
// How objects change hands with the inspector, which speaks JSON only. Defined during a call alone.
const SLOT = "__concurrent_pickle_slot__";

let state: { session: Session; global: object } | InspectorUnavailable | undefined;
let slot: unknown;
const urls = new Map<string, string>();

/** Whether the scopes of functions can be seen. Asking connects, which takes about 2 ms once. */
export function inspectorIsAvailable(): boolean {
  return !(connect() instanceof InspectorUnavailable);
}

/**
 * Looks at a function's scopes, synchronously, in about 0.1 ms.
 *
 * @throws {@link InspectorUnavailable} when {@link inspectorIsAvailable} is false.
 */
export function inspectFunction(fn: object): Inspection {
  try {
    const internals = internalProperties(fn);
    const scopes = internals.get("[[Scopes]]")?.objectId;
    const location = internals.get("[[FunctionLocation]]")?.value;
    return {
      isBound: internals.has("[[TargetFunction]]"),
      scopes: scopes === undefined ? [] : readScopes(scopes),
      ...(isLocation(location) && {
        position: {
          scriptId: location.scriptId,
          line: location.lineNumber,
          column: location.columnNumber,
        },
      }),
    };
  } finally {
    post("Runtime.releaseObjectGroup", { objectGroup: GROUP });
  }
}

/** Where a function stands, if the URL of its script is known already. Costs nothing. */
export function knownLocation(position: Position | undefined): SourceLocation | undefined {
  const url = position && urls.get(position.scriptId);
  return url ? { url, line: position.line, column: position.column } : undefined;
}

/**
 * Where a function stands. For a script that was not seen before this takes 20 ms and more: V8 lists
 * every script that is loaded.
 */
export function locate(position: Position | undefined): SourceLocation | undefined {
  if (position === undefined) return undefined;
  if (!urls.has(position.scriptId)) {
    // Left enabled, the domain makes every `await` seven times slower. Off again in the same tick it
    // has no effect at all.
    post("Debugger.enable");
    post("Debugger.disable");
    if (!urls.has(position.scriptId)) urls.set(position.scriptId, "");
  }
  return knownLocation(position);
}

function connect(): { session: Session; global: object } | InspectorUnavailable {
  if (state !== undefined) return state;
  try {
    if (!process.features.inspector) throw new Error("this Node.js has no inspector");
    const { Session } = process.getBuiltinModule("node:inspector");
    const session = new Session();
    session.connect();
    session.on("Debugger.scriptParsed", ({ params }) => urls.set(params.scriptId, params.url));
    // The inspector evaluates in the main realm, also when this module was loaded in another one.
    state = { session, global: runInThisContext("globalThis") as object };
    selfTest();
  } catch (error) {
    if (state !== undefined && !(state instanceof InspectorUnavailable)) state.session.disconnect();
    state = new InspectorUnavailable("the V8 inspector is not available", { cause: error });
  }
  return state;
}

/** `[[Scopes]]` and its like are stable, but promised by nobody: better to know at once. */
function selfTest(): void {
  const captured = {};
  const { scopes, position } = inspectFunction(() => captured);
  const [innermost] = scopes;
  const seen: unknown = innermost && Reflect.get(innermost.vars, "captured");
  if (seen !== captured || position === undefined) {
    throw new Error("V8 does not show the scopes of functions");
  }
}

function internalProperties(fn: object): Map<string, RemoteObject> {
  const objectId = withSlot(fn, () => {
    const { result } = post("Runtime.evaluate", {
      expression: SLOT,
      silent: true,
      objectGroup: GROUP,
    }) as { result: RemoteObject };
    return result.objectId;
  });
  const { internalProperties: properties = [] } = post("Runtime.getProperties", {
    objectId,
    ownProperties: true,
  }) as { internalProperties?: { name: string; value?: RemoteObject }[] };
  return new Map(properties.map(({ name, value = {} }) => [name, value]));
}

function readScopes(objectId: string): Scope[] {
  const list = withSlot(undefined, () => {
    const functionDeclaration = `function () { globalThis[${JSON.stringify(SLOT)}] = this; }`;
    post("Runtime.callFunctionOn", { objectId, functionDeclaration, silent: true });
    return slot;
  });
  return Array.from(list as ArrayLike<{ description: string; object: object }>, (scope) => ({
    type: scope.description.split(" ", 1)[0] ?? "",
    vars: scope.object,
  }));
}

function withSlot<T>(value: unknown, action: () => T): T {
  const { global } = connected();
  slot = value;
  Object.defineProperty(global, SLOT, {
    configurable: true,
    get: () => slot,
    set: (next: unknown) => {
      slot = next;
    },
  });
  try {
    return action();
  } finally {
    slot = undefined;
    Reflect.deleteProperty(global, SLOT);
  }
}

/** In-process sessions answer before `post` returns, on every Node so far; this insists on it. */
function post(method: string, params: object = {}): unknown {
  let answer: { error: Error | null; result: unknown } | undefined;
  connected().session.post(method, params, (error, result) => {
    answer = { error, result };
  });
  if (answer === undefined) throw new Error(`the inspector did not answer ${method} at once`);
  if (answer.error !== null) {
    throw new Error(`${method}: ${answer.error.message}`, { cause: answer.error });
  }
  return answer.result;
}

function connected(): { session: Session; global: object } {
  const connection = connect();
  if (connection instanceof InspectorUnavailable) throw connection;
  return connection;
}

function isLocation(
  value: unknown,
): value is { scriptId: string; lineNumber: number; columnNumber: number } {
  return typeof value === "object" && value !== null && "scriptId" in value;
}
