import { describe, expect, it } from "vitest";
import type { FunctionRecord } from "@concurrent/pickle";
import { fixtureUrl, lineOf, runScript } from "./support/run-script.ts";

interface Pickled {
  readonly record: FunctionRecord;
  readonly isSame: boolean;
  readonly cached: boolean;
}

const esm = (...path: string[]): FunctionRecord => ({
  kind: "module",
  url: fixtureUrl("library.js"),
  path,
  format: "esm",
});

describe("functions by reference", () => {
  const seen = runScript("by-reference.js") as Record<string, Pickled> & {
    synchronousAgain: boolean;
  };

  it.each<[name: string, record: FunctionRecord]>([
    ["export", esm("triple")],
    ["arrow", esm("tripleArrow")],
    ["default", esm("default")],
    ["member", esm("tasks", "blur")],
    ["static", esm("Codec", "encode")],
    ["method", esm("Codec", "prototype", "decode")],
    ["generator", esm("countTo")],
    ["reExport", esm("triple")],
    ["throughNamespace", esm("tasks", "blur")],
    ["language", { kind: "global", path: ["Math", "max"] }],
    ["prototype", { kind: "global", path: ["Array", "prototype", "map"] }],
    ["web", { kind: "global", path: ["structuredClone"] }],
    ["console", { kind: "global", path: ["console", "log"] }],
    ["builtin", { kind: "builtin", module: "node:path", path: ["join"] }],
    ["builtinPart", { kind: "builtin", module: "node:fs/promises", path: ["readFile"] }],
  ])("finds the name of %s", (name, record) => {
    expect(seen[name]?.record).toEqual(record);
  });

  it.each([
    ["commonjs", "library.cjs", ["quintuple"]],
    ["commonjsMember", "library.cjs", ["nested", "plus"]],
    ["commonjsModule", "single.cjs", []],
  ])("finds the name of %s in require.cache", (name, file, path) => {
    const url = fixtureUrl(file);
    expect(seen[name]?.record).toEqual({ kind: "module", url, path, format: "commonjs" });
  });

  it("gives the very same function back in the same runtime", () => {
    const { synchronousAgain: _again, ...functions } = seen;
    expect(Object.entries(functions).filter(([, { isSame }]) => !isSame)).toEqual([]);
  });

  it("keeps the answer, and has it at once the second time", () => {
    const { synchronousAgain, ...functions } = seen;
    expect(Object.entries(functions).filter(([, { cached }]) => !cached)).toEqual([]);
    expect(synchronousAgain).toBe(true);
  });

  it("does not wait for a module that waits for the task itself", { timeout: 60_000 }, () => {
    const message = runScript("unfinished.js");
    expect(message).toContain('cannot send function "double"');
    expect(message).toContain("captures the variable factor");
  });
});

describe.each(["thread", "process"])("functions called in a %s", (kind) => {
  const seen = runScript("calls.js", [kind]) as Record<string, unknown>;

  it.each<[name: string, value: unknown]>([
    ["reference", 42],
    ["member", 7],
    ["static", [1, 3]],
    ["async", 6],
    ["commonjs", 10],
    ["builtin", "a/b"],
    ["global", 3],
    ["taskModule", 15],
    ["taskModuleMember", 8],
    ["taskModuleHidden", 5],
    ["method", 2],
    ["asyncMethod", "f"],
    ["staticMethod", "s"],
    ["recursive", 120],
    ["name", "named"],
  ])("run as %s", (name, value) => {
    expect(seen[name]).toEqual(value);
  });

  it("stay sloppy or strict as they were written", () => {
    expect(seen).toMatchObject({ sloppy: "sloppy", strict: "strict" });
  });

  it("fail with the name of the export that is missing", () => {
    expect(seen["missingExport"]).toMatchObject({
      isError: true,
      code: "ERR_PICKLE_MISSING_EXPORT",
      message: expect.stringContaining(
        `module ${fixtureUrl("library.js")} has no function nowhere`,
      ),
    });
  });

  it("fail with the module that does not load, and its own error as the cause", () => {
    expect(seen["brokenModule"]).toMatchObject({
      isError: true,
      code: "ERR_PICKLE_MODULE_LOAD",
      message: expect.stringContaining(`module ${fixtureUrl("broken.js")} failed to load`),
      cause: "this module does not load",
    });
  });
});

describe.each(["thread", "process"])("functions of the entry script, sent to a %s", (kind) => {
  const seen = runScript("entry.js", [kind]) as {
    exportedAlone: FunctionRecord;
    exportedCapturing: string;
    inline: string;
    called: unknown;
    globals: unknown;
    dynamicImport: unknown;
    stack: [boolean, string];
  };

  it("go by value, even when they are exported, so that the program does not run again", () => {
    expect(seen.exportedAlone.kind).toBe("source");
    expect(seen.called).toBe("by value");
  });

  it("may use globals", () => {
    expect(seen.globals).toEqual([2, "number", "61"]);
  });

  it("resolve import() from the file in which they were written", () => {
    expect(seen.dynamicImport).toBe(42);
  });

  it("are refused with a hint at the entry script when they capture variables", () => {
    for (const message of [seen.exportedCapturing, seen.inline]) {
      expect(message).toContain("captures the variable captured from around it");
      expect(message).toContain("a worker cannot import functions of the entry script");
      expect(message).toContain(`(${fixtureUrl("scripts/entry.js")}:`);
    }
  });

  it("show their own line in the stack of an error", () => {
    const [isRangeError, stack] = seen.stack;
    expect(isRangeError).toBe(true);
    const line = lineOf("scripts/entry.js", "throw new RangeError");
    expect(stack).toMatch(/^RangeError: with its own line\n {4}at /);
    expect(stack.split("\n")[1]).toContain(`${fixtureUrl("scripts/entry.js")}:${line}:11`);
    expect(stack).toContain(`--- worker ${kind} 1 ---`);
  });
});

describe("functions by value", () => {
  const seen = runScript("positions.js") as Record<string, { here: string; there: string }>;

  it.each(["arrow", "asyncArrow", "plain", "named", "method", "asyncMethod", "computed"])(
    "throw from the line and column where they were written: %s",
    (name) => {
      expect(seen[name]).toMatchObject({
        kind: "source",
        here: expect.stringMatching(/^positions/),
      });
      expect(seen[name]?.there).toBe(seen[name]?.here);
    },
  );
});

describe("functions that cannot travel", () => {
  const seen = runScript("refusals.js") as Record<string, string>;

  it.each([
    ["captured", "captures the variables table, count from around it"],
    ["captures", "captures the variable basename from around it"],
    ["shadowed", "captures the variable setTimeout from around it"],
    ["outerThis", "uses `this` of the function around it; pass what it needs as arguments"],
    ["outerArguments", "uses `arguments` of the function around it"],
    ["newTarget", "uses `new.target` of the function around it"],
    ["superMethod", "uses `super`"],
    ["privateName", "uses the private name #value of its class"],
    ["directEval", "calls eval() directly"],
    ["importMeta", "uses import.meta"],
    ["class", "is a class; send a function that creates the instance itself"],
    ["getter", "is a getter or setter"],
    ["bound", "is a bound function; send the function that was bound"],
    ["proxy", "is a Proxy; send the function behind it"],
    ["native", "is a native function that no module of Node and no global exposes"],
    ["hidden", "captures the variable factor from around it; export it from its module"],
    ["inline", "captures the variable factor from around it; move it to a module and export it"],
  ])("say why: %s", (name, reason) => {
    expect(seen[name]).toMatch(
      /^SerializationError: cannot send (?:function "|an anonymous function)/,
    );
    expect(seen[name]).toContain(`to a worker: it ${reason}`);
  });

  it("are named with file, line and column", () => {
    const line = lineOf("refused.js", "captured: ()");
    expect(seen["captured"]).toContain(
      `function "captured" (${fixtureUrl("refused.js")}:${line}:15)`,
    );
  });
});

describe("the package", { timeout: 60_000 }, () => {
  it("can be required by CommonJS, whose entry script is not imported either", () => {
    expect(runScript("required.cjs")).toMatchObject({
      format: "module",
      value: 10,
      same: 1,
      own: expect.stringContaining("functions of the entry script"),
    });
  });

  it("does without the inspector where permissions forbid it, and says so", () => {
    const flag =
      Number(process.versions.node.split(".", 1)[0]) < 22
        ? "--experimental-permission"
        : "--permission";
    const seen = runScript(
      "without-inspector.js",
      [],
      [flag, "--allow-fs-read=*", "--no-warnings"],
    );
    expect(seen).toMatchObject({
      alone: { kind: "source" },
      language: { kind: "source" },
      maybeShadowed: expect.stringContaining(
        "uses setTimeout from outside itself, and the V8 inspector",
      ),
      commonjs: { kind: "module", format: "commonjs" },
      builtin: { kind: "builtin" },
      explicit: { kind: "module", url: fixtureUrl("library.js"), path: ["triple"] },
      esm: expect.stringContaining("name it with taskModule()"),
      dynamicImport: expect.stringContaining("uses import()"),
    });
  });

  it("works where intrinsics are frozen", () => {
    const seen = runScript("task-module.js", [], ["--frozen-intrinsics", "--no-warnings"]);
    expect(seen).toMatchObject({
      "of a relative path, from a URL": fixtureUrl("library.js"),
    });
  });

  it("does not hold on to fresh functions", () => {
    const { grown } = runScript("memory.js", [], ["--expose-gc"]) as { grown: number };
    // 40,000 functions that stayed would be more than 5 MB.
    expect(grown).toBeLessThan(1_000_000);
  });
});
