import { CancelledError, Future } from "@concurrent/futures";
import type { FutureOwner } from "@concurrent/futures";
import { describe, expect, test } from "vitest";
import { rejection } from "./support/futures.ts";

/** An executor of one call. */
class Owner implements FutureOwner {
  readonly future: Future<number> = new Future(this);
  readonly asked: unknown[] = [];
  started = false;
  canStop = true;

  cancel(): boolean {
    this.asked.push("cancel");
    return !this.started;
  }

  abort(reason: unknown): boolean {
    this.asked.push(reason);
    if (this.canStop) this.future.setCancelled(reason);
    return this.canStop;
  }

  hasStarted(): boolean {
    return this.started;
  }
}

describe("a Future with an owner", () => {
  test("is running once the owner says so", () => {
    const owner = new Owner();
    expect(owner.future.state).toBe("pending");
    owner.started = true;
    expect(owner.future.state).toBe("running");
    expect(owner.future.running()).toBe(true);
    expect(owner.future.cancel()).toBe(false);
    expect(owner.future.setRunningOrNotifyCancel()).toBe(true);
  });

  test("asks it to cancel", () => {
    const owner = new Owner();
    expect(owner.future.cancel()).toBe(true);
    expect(owner.asked).toEqual(["cancel"]);
    expect(owner.future.cancelled()).toBe(true);
    expect(owner.future.cancel()).toBe(true);
    expect(owner.asked).toEqual(["cancel"]);
  });

  test("is not cancelled when the owner finds that it is too late", () => {
    const owner = new Owner();
    owner.cancel = () => false;
    expect(owner.future.cancel()).toBe(false);
    expect(owner.future.state).toBe("pending");
  });

  test("may be settled by the owner while it is asked", () => {
    const owner = new Owner();
    owner.cancel = () => {
      owner.future.setCancelled("already");
      return true;
    };
    expect(owner.future.cancel()).toBe(true);
    const late = new Owner();
    late.cancel = () => {
      late.future.setResult(1);
      return true;
    };
    expect(late.future.cancel()).toBe(false);
    expect(late.future.resultNow()).toBe(1);
  });

  test("does not ask it to stop what is cancelled before its start", async () => {
    const owner = new Owner();
    expect(owner.future.abort("why")).toBe(true);
    expect(owner.asked).toEqual(["cancel"]);
    expect(await rejection(owner.future.result())).toMatchObject({ cause: "why" });
  });

  test("asks it to stop what is running", async () => {
    const owner = new Owner();
    owner.started = true;
    expect(owner.future.abort("why")).toBe(true);
    expect(owner.asked).toEqual(["why"]);
    const error = await rejection(owner.future.result());
    expect(error).toBeInstanceOf(CancelledError);
    expect(error).toMatchObject({ cause: "why" });
  });

  test("tells when it cannot be stopped", () => {
    const owner = new Owner();
    owner.started = true;
    owner.canStop = false;
    expect(owner.future.abort("why")).toBe(false);
    expect(owner.future.state).toBe("running");
  });

  test("asks nothing once it is done", () => {
    const owner = new Owner();
    owner.started = true;
    owner.future.setResult(1);
    expect(owner.future.state).toBe("finished");
    expect(owner.future.cancel()).toBe(false);
    expect(owner.future.abort("late")).toBe(false);
    expect(owner.asked).toEqual([]);
  });
});
