import { describe, expect, it } from "vitest";
import { afterHolding, hold } from "./hold";

describe("the end of a session", () => {
  it("is followed up at once where nothing holds it up", () => {
    let done = 0;
    afterHolding(() => done++);
    expect(done).toBe(1);
  });

  it("waits for all that hold it up, and is followed up once", async () => {
    let done = 0;
    const [one, two] = [hold(), hold()];
    afterHolding(() => done++);
    afterHolding(() => done++);
    one();
    one();
    await Promise.resolve();
    expect(done).toBe(0);
    two();
    await Promise.resolve();
    expect(done).toBe(1);
  });

  it("goes on waiting where one lets go and another takes hold at once", async () => {
    let done = 0;
    const one = hold();
    afterHolding(() => done++);
    one();
    const two = hold();
    await Promise.resolve();
    expect(done).toBe(0);
    two();
    await Promise.resolve();
    expect(done).toBe(1);
  });

  it("is nothing to wait for where it did not end", async () => {
    hold()();
    await Promise.resolve();
    let done = 0;
    afterHolding(() => done++);
    expect(done).toBe(1);
  });
});
