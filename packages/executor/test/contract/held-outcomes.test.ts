import { describe, expect, test } from "vitest";
import { pools } from "../support/executors.ts";
import { Gate } from "../support/gate.ts";
import { jobs } from "../support/jobs.ts";

const { blockIfAt } = jobs;

describe.each(pools)("$name: an outcome that waits for others of its batch", ({ create }) => {
  test("reaches the caller although the next call blocks until the caller has seen it", async () => {
    await using pool = create({ maxWorkers: 1 });
    using gate = new Gate();
    // Known to be quick, so that the next calls travel as one batch.
    for (let i = 0; i < 20; i++) await pool.run(blockIfAt, undefined, "warm");
    const quick = pool.submit(blockIfAt, undefined, "quick");
    const blocked = pool.submit(blockIfAt, gate.path, "blocked");
    expect(await quick.result()).toBe("quick");
    gate.open();
    expect(await blocked.result()).toBe("blocked");
  });
});
