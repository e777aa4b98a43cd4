import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { SerializationError } from "@concurrent/futures/errors";
import { followPath } from "./functions/find-member.ts";
import type { AnyFunction, PickledFunction } from "./functions/record.ts";

/** What a reference stands for. */
interface Target {
  /** The module, when its file could be told from the text of `load`. */
  readonly url: string | undefined;
  readonly load: () => Promise<unknown>;
  readonly path: readonly string[];
}

type Pickle = (fn: AnyFunction) => PickledFunction | Promise<PickledFunction>;

const targets = new WeakMap<AnyFunction, Target>();

/** Whether a function is a reference made by `taskModule`. */
export function isTaskReference(fn: AnyFunction): boolean {
  return targets.has(fn);
}

/**
 * A stand-in for something that a module exports. Every property of it is the stand-in of that
 * property, and the same one each time; calling it is an error.
 */
export function taskReference(target: Target): object {
  const members = new Map<string, object>();
  const name = target.path.at(-1) ?? "";
  const reference = new Proxy(
    // A function, because whatever takes a function asks `typeof` first.
    Object.defineProperty(() => undefined, "name", { value: name }),
    {
      get(_function, key) {
        // A `then` would make `await image` wait for ever; symbols are never exported.
        if (typeof key === "symbol" || key === "then") return undefined;
        if (key === "name" && target.path.length > 0) return name;
        let member = members.get(key);
        if (member === undefined) {
          member = taskReference({ ...target, path: [...target.path, key] });
          members.set(key, member);
        }
        return member;
      },
      apply() {
        throw new TypeError(
          `${describe(target)} is a reference made by taskModule() and cannot be called here: ` +
            "submit it to an executor",
        );
      },
    },
  );
  targets.set(reference, target);
  return reference;
}

/** The record of a reference. Its module is loaded only when nothing else tells which one it is. */
export function pickleTaskReference(
  reference: AnyFunction,
  pickle: Pickle,
): PickledFunction | Promise<PickledFunction> {
  const target = targets.get(reference)!;
  const { url, path } = target;
  if (path.length === 0) {
    throw new SerializationError(
      `cannot send ${describe(target)} to a worker: it is a whole module; name one of its functions`,
    );
  }
  if (url === undefined || isMissingFile(url)) return pickleLoaded(target, pickle);
  return { name: path.join("."), record: { kind: "module", url, path, format: "esm" } };
}

/** A bundler left no module to point at: what the thunk gives here is sent as any function is. */
async function pickleLoaded(target: Target, pickle: Pickle): Promise<PickledFunction> {
  const { path } = target;
  let value: unknown;
  try {
    value = followPath(await target.load(), path);
  } catch (cause) {
    throw new SerializationError(
      `cannot send ${describe(target)} to a worker: its module failed to load`,
      { cause },
    );
  }
  if (typeof value === "function") return pickle(value);
  throw new SerializationError(
    `cannot send ${describe(target)} to a worker: its module exports no function of that name`,
  );
}

function isMissingFile(url: string): boolean {
  return url.startsWith("file:") && !existsSync(fileURLToPath(url.replace(/[?#].*$/, "")));
}

function describe({ url, path }: Target): string {
  return `${path.length === 0 ? "the reference" : path.join(".")} of ${url ?? "a bundled module"}`;
}
