import { describe, expect, test } from "vitest";
import { pools } from "../support/executors.ts";
import { Gate } from "../support/gate.ts";
import { jobs } from "../support/jobs.ts";
import { failureOf, thrownBy } from "../support/outcomes.ts";

const { blockAt, exit, initializeAt, whoAmI } = jobs;

describe.each(pools)("$name: spare workers", ({ create }) => {
  test("are none by default", async () => {
    using gate = new Gate();
    await using pool = create({
      maxWorkers: 1,
      initializer: initializeAt,
      initargs: [gate.path, "worker"],
    });
    await pool.run(whoAmI);
    expect(gate.started).toEqual(["worker"]);
  });

  test("start beside the others, and take the place of one that died without a new start", async () => {
    using gate = new Gate();
    await using pool = create({
      maxWorkers: 1,
      spareWorkers: 1,
      initializer: initializeAt,
      initargs: [gate.path, "worker"],
    });
    const first = await pool.run(whoAmI);
    await gate.arrived(2);
    expect(pool.stats().workers).toBe(1);
    await failureOf(pool.submit(exit, 1));
    expect(await pool.run(whoAmI)).not.toBe(first);
    // A new spare is on its way, and nothing else was started.
    await gate.arrived(3);
    expect(pool.stats().workers).toBe(1);
  });

  test("take the place of one that had to be killed", async () => {
    using gate = new Gate();
    await using pool = create({ maxWorkers: 1, spareWorkers: 1, killGrace: 0 });
    const first = await pool.run(whoAmI);
    const blocked = pool.submit(blockAt, gate.path, "blocked");
    await gate.arrived(1);
    blocked.abort();
    expect(await pool.run(whoAmI)).not.toBe(first);
    expect(pool.stats().crashes).toBe(0);
  });

  test("must be a number of workers", () => {
    expect(thrownBy(() => create({ spareWorkers: -1 }))).toBeInstanceOf(RangeError);
    expect(thrownBy(() => create({ spareWorkers: 0.5 })).message).toContain("`spareWorkers`");
  });
});
