import { expect, test } from "vitest";
import { runFixture } from "./support/run-fixture.ts";

test.concurrent.each([
  "asCompleted, done before",
  "asCompleted, done later",
  "asCompleted, out of time",
  "a wait that ended early",
  "the owner of a done Future",
  "a callback that ran",
  "a result that map has yielded",
  "a result of a chunk that map has yielded",
  "a task whose Future was discarded",
])("%s is not kept (C020, C022, C073)", async (scenario) => {
  expect(await runFixture("references.js", scenario)).toEqual({
    exitcode: 0,
    stdout: "true\n",
    stderr: "",
  });
});
