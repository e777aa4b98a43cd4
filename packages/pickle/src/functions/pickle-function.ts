import { types } from "node:util";
import { analyzeSource, isNativeText } from "../analysis/analyze.ts";
import type { SourceAnalysis, SourceProblem } from "../analysis/analysis.ts";
import { type Inspection, inspectFunction, inspectorIsAvailable } from "../inspector.ts";
import { LruCache } from "../lru-cache.ts";
import { isTaskReference, pickleTaskReference } from "../task-reference.ts";
import { builtinRecord } from "./builtin-modules.ts";
import { capturedNames, isSelfContained, obstacleOf, sourceRecord } from "./by-value.ts";
import { nameOf } from "./function-name.ts";
import { commonjsRecord } from "./commonjs-exports.ts";
import { esmRecord } from "./esm-exports.ts";
import { globalRecord } from "./globals.ts";
import { type Reason, refusal } from "./refusal.ts";
import type { AnyFunction, FunctionRecord, PickledFunction, SourceRecord } from "./record.ts";

// A function keeps what was found for it as long as it lives. Fresh functions of one text, with
// nothing captured, meet again in a cache that forgets.
const byFunction = new WeakMap<AnyFunction, PickledFunction | Promise<PickledFunction>>();
const byText = new LruCache<string, PickledFunction[]>(1000);

/** One text may stand in several places and under several names, but hardly in more than this. */
const MAX_VARIANTS = 16;

/**
 * Makes a function ready to travel to another thread or process.
 *
 * By name, when it is part of the language or of Node; by reference, when a module exports it; by
 * value, when its text needs nothing from around it but globals. A Promise only the first time that
 * an ES module has to be asked for its exports; the answer is kept.
 *
 * @throws {@link SerializationError} when the function cannot travel: it captures variables, is
 * bound, native, a class, a Proxy … The Promise rejects with the same.
 * @throws {@link TypeError} when `fn` is no function.
 *
 * @example
 * ```ts
 * import { pickleFunction, unpickleFunction } from "@concurrent/pickle";
 *
 * const pickled = await pickleFunction((x: number) => x * x);
 * const square = await unpickleFunction(structuredClone(pickled.record));
 * console.log(square(12)); // 144
 * ```
 */
export function pickleFunction(fn: AnyFunction): PickledFunction | Promise<PickledFunction> {
  if (typeof fn !== "function") {
    throw new TypeError(`\`fn\` must be a function, got ${typeof fn}`);
  }
  const known = byFunction.get(fn);
  if (known !== undefined) return known;
  const made = isTaskReference(fn) ? pickleTaskReference(fn, pickleFunction) : pickleNew(fn);
  if (!(made instanceof Promise)) return remember(fn, made);
  // Whoever asks meanwhile gets the same answer, and the same object.
  const pending = made.then(
    (found) => remember(fn, found),
    (error: unknown) => {
      byFunction.delete(fn);
      throw error;
    },
  );
  byFunction.set(fn, pending);
  return pending;
}

function pickleNew(fn: AnyFunction): PickledFunction | Promise<PickledFunction> {
  const text = Function.prototype.toString.call(fn);
  if (isNativeText(text)) return pickleNative(fn);
  const analysis = analyzeSource(text);
  if (!("problem" in analysis)) {
    const obstacle = obstacleOf(analysis);
    if (analysis.isClass && obstacle !== undefined) throw refusal(fn, obstacle);
    if (obstacle === undefined && isSelfContained(analysis)) {
      return pickledText(sourceRecord(fn, text, analysis));
    }
  }
  const record = byIdentity(fn, false);
  if (record !== undefined) return pickledAs(fn, record);
  if (!inspectorIsAvailable()) return pickleByValue(fn, text, analysis);
  const inspection = inspectFunction(fn);
  const reference = esmRecord(fn, inspection);
  if (!(reference instanceof Promise)) {
    return reference ? pickledAs(fn, reference) : pickleByValue(fn, text, analysis, inspection);
  }
  return reference.then((found) =>
    found ? pickledAs(fn, found) : pickleByValue(fn, text, analysis, inspection),
  );
}

/** What is known by identity alone: neither text nor scopes are needed. */
function byIdentity(fn: AnyFunction, isNative: boolean): FunctionRecord | undefined {
  return globalRecord(fn, isNative) ?? builtinRecord(fn) ?? commonjsRecord(fn);
}

function pickleNative(fn: AnyFunction): PickledFunction {
  const record = byIdentity(fn, true);
  if (record !== undefined) return pickledAs(fn, record);
  if (types.isProxy(fn)) {
    throw refusal(fn, { reason: "is a Proxy", remedy: "send the function behind it" });
  }
  const name = nameOf(fn);
  throw refusal(
    fn,
    name.startsWith("bound ")
      ? {
          reason: "is a bound function",
          remedy: "send the function that was bound, and pass the bound values as arguments",
        }
      : {
          reason: "is a native function that no module of Node and no global exposes",
          remedy: "send a function that calls it",
        },
  );
}

function pickleByValue(
  fn: AnyFunction,
  text: string,
  analysis: SourceAnalysis | SourceProblem,
  inspection?: Inspection,
): PickledFunction {
  if ("problem" in analysis) throw refusal(fn, { reason: analysis.problem });
  const obstacle = obstacleOf(analysis);
  if (obstacle !== undefined) throw refusal(fn, obstacle);
  const captured = capturedNames(analysis, inspection?.scopes);
  if (captured.length > 0) throw refusal(fn, captureReason(captured, inspection));
  if (analysis.dynamicImport && inspection === undefined) {
    throw refusal(fn, {
      reason: "uses import(), and the V8 inspector, which knows its file, is not available",
      remedy: "export it from a module and name it with taskModule()",
    });
  }
  return pickledText(sourceRecord(fn, text, analysis, inspection));
}

function captureReason(names: readonly string[], inspection: Inspection | undefined): Reason {
  const list = names.join(", ");
  if (inspection !== undefined) {
    const variables = names.length === 1 ? "variable" : "variables";
    return { reason: `captures the ${variables} ${list} from around it` };
  }
  return {
    reason:
      `uses ${list} from outside itself, and the V8 inspector, which tells variables from globals, ` +
      "is not available",
    remedy:
      "export it from a module and name it with taskModule(), or pass what it needs as arguments",
  };
}

function pickledText(record: SourceRecord): PickledFunction {
  const variants = byText.get(record.text) ?? [];
  const same = variants.find((variant) => isSame(variant.record as SourceRecord, record));
  if (same !== undefined) return same;
  const made = { name: record.name, record };
  byText.set(record.text, [made, ...variants.slice(0, MAX_VARIANTS - 1)]);
  return made;
}

function isSame(a: SourceRecord, b: SourceRecord): boolean {
  return (
    a.name === b.name &&
    a.form === b.form &&
    a.strict === b.strict &&
    a.location?.url === b.location?.url &&
    a.location?.line === b.location?.line &&
    a.location?.column === b.location?.column
  );
}

function pickledAs(fn: AnyFunction, record: FunctionRecord): PickledFunction {
  return { name: nameOf(fn), record };
}

function remember(fn: AnyFunction, made: PickledFunction): PickledFunction {
  byFunction.set(fn, made);
  return made;
}
