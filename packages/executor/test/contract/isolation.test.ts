import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { pools } from "../support/executors.ts";
import { Gate } from "../support/gate.ts";
import { jobs } from "../support/jobs.ts";
import { upTo } from "../support/outcomes.ts";

const { count, holdAt, push, quietly } = jobs;

// Each of these calls is known to be quick when it matters, so that many travel as one batch.
describe.each(pools)("$name: calls that travel together", ({ create }) => {
  test("do not see what the others do to an argument that all of them were given", async () => {
    await using pool = create({ maxWorkers: 1 });
    for (let i = 0; i < 20; i++) await pool.run(push, []);
    const list = [0, 0, 0];
    const lengths = await pool
      .map(
        push,
        upTo(50).map(() => list),
      )
      .toArray();
    expect(lengths).toEqual(upTo(50).map(() => 4));
    expect(list).toEqual([0, 0, 0]);
  });

  test("return what there was when they ended, although later ones change it", async () => {
    await using pool = create({ maxWorkers: 1 });
    for (let i = 0; i < 20; i++) await pool.run(count);
    const futures = upTo(50).map(() => pool.submit(count));
    const results = await Promise.all(futures.map((future) => future.result()));
    expect(results).toEqual(upTo(50).map((i) => ({ calls: 21 + i })));
    expect(new Set(results).size).toBe(50);
  });

  test("are not blamed for what an earlier one that returned at once has left behind", async () => {
    await using pool = create({ maxWorkers: 1 });
    using gate = new Gate();
    for (let i = 0; i < 20; i++) await pool.run(quietly, false);
    const warned = once(process, "warning") as Promise<[Error]>;
    const left = pool.submit(quietly, true);
    const innocent = pool.submit(holdAt, gate.path, "innocent");
    await left.result();
    const [{ message }] = await warned;
    expect(message).toContain('task "quietly" after its end');
    gate.open();
    expect(await innocent.result()).toBe("innocent");
    expect(pool.stats().crashes).toBe(0);
  });
});
