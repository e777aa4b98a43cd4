import { expect, test } from "vitest";
import { runFixture } from "./support/run-fixture.ts";

test("without Node's own modules all works, and warnings go to the console", async () => {
  const { exitcode, stdout, stderr } = await runFixture("no-process.js");
  expect(stdout).toMatch(
    /^\[ERR_FUTURES_CALLBACK\] exception calling callback for Future \{ finished: 1 \}: Error: doh!\n/u,
  );
  expect(stdout).toMatch(/\nError: doh!\n {4}at .*no-process\.js/u);
  expect(stdout).toMatch(/\nFuture \{ finished: 1 \}\n\[ 1, 2, 3 \]\n$/u);
  expect(stderr).toBe("");
  expect(exitcode).toBe(0);
});
