import { pickleFunction, taskModule, unpickleFunction } from "@concurrent/pickle";
import { describe, expect, expectTypeOf, it } from "vitest";
import { fixtureUrl, runScript } from "./support/run-script.ts";

const library = taskModule(() => import("./fixtures/library.js"), import.meta.url);

describe("taskModule", () => {
  it("names a function of a module, also as vitest compiles the import", () => {
    expect(pickleFunction(library.tasks.blur)).toEqual({
      name: "tasks.blur",
      record: {
        kind: "module",
        url: fixtureUrl("library.js"),
        path: ["tasks", "blur"],
        format: "esm",
      },
    });
  });

  it("gives the function itself when the reference is unpickled", async () => {
    const pickled = await pickleFunction(library.tasks.blur);
    const blur = await unpickleFunction(pickled.record);
    expect(blur(1)).toBe(4);
  });

  it("keeps the types of functions, also inside objects and classes, and of the default export", () => {
    expectTypeOf(library.triple).toEqualTypeOf<(x: number) => number>();
    expectTypeOf(library.tasks.blur).toEqualTypeOf<(x: number) => number>();
    expectTypeOf(library.Codec.encode).toEqualTypeOf<(x: number) => number[]>();
    expectTypeOf(library.default).parameters.toEqualTypeOf<[x: number]>();
    // @ts-expect-error -- not exported
    void library.hidden;
  });

  it("gives the same reference each time, and the same pickled function", () => {
    expect(library.triple).toBe(library.triple);
    expect(pickleFunction(library.triple)).toBe(pickleFunction(library.triple));
  });

  it("cannot be called here", () => {
    expect(() => library.triple(1)).toThrow(TypeError);
    expect(() => library.triple(1)).toThrow(
      `triple of ${fixtureUrl("library.js")} is a reference made by taskModule() and cannot be called here`,
    );
  });

  it("can be awaited and printed without harm", async () => {
    expect(await Promise.resolve(library)).toBe(library);
    expect(library.triple.name).toBe("triple");
    expect(typeof library.triple).toBe("function");
  });

  it("loads the module here when a bundler left no file to point at", async () => {
    const exports = { double: (x: number): number => x * 2 };
    const bundled = taskModule(() => Promise.resolve(exports));
    const pickled = pickleFunction(bundled.double);
    expect(pickled).toBeInstanceOf(Promise);
    expect((await pickled).record).toMatchObject({ kind: "source", name: "double" });
  });

  it("rejects when neither file nor thunk has the function", async () => {
    const empty = taskModule(() => Promise.resolve({} as { f: () => void }));
    await expect(pickleFunction(empty.f)).rejects.toThrow("exports no function of that name");
    const failing = taskModule<{ f: () => void }>(() => Promise.reject(new Error("offline")));
    await expect(pickleFunction(failing.f)).rejects.toMatchObject({
      code: "ERR_EXECUTOR_SERIALIZATION",
      cause: expect.objectContaining({ message: "offline" }),
    });
  });

  it("refuses a whole module as a function", () => {
    expect(() => pickleFunction(library as never)).toThrow("it is a whole module");
  });
});

describe("taskModule finds the file", () => {
  const seen = runScript("task-module.js") as Record<string, string>;

  it.each([
    ["of a relative path, from a URL", fixtureUrl("library.js")],
    ["of a relative path, from a file path", fixtureUrl("library.js")],
    ["of a relative path, from the caller", fixtureUrl("library.js")],
    ["of a module that is broken, without loading it", fixtureUrl("broken.js")],
    ["in TypeScript, as it is written", fixtureUrl("../task-module.test.ts")],
    ["behind a comment for a bundler", fixtureUrl("library.js")],
    ["of a builtin module", "node:path"],
    ["of a package", import.meta.resolve("@concurrent/futures")],
  ])("%s", (name, url) => {
    expect(seen[name]).toBe(url);
  });

  it("that does not exist by loading it here", () => {
    expect(seen["of a file that is not there"]).toMatch(/its module failed to load/);
  });
});
