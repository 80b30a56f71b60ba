import { describe, expect, it } from "@jest/globals";
import { manualClock, systemClock } from "#ship/kit";

describe("the manual clock", () => {
  it("wakes sleepers in order and lets their work settle in between", async () => {
    const clock = manualClock(0);
    const seen: string[] = [];
    const sleeper = async (name: string, first: number, second: number) => {
      await clock.sleep(first);
      seen.push(`${name} ${clock.now()}`);
      await clock.sleep(second);
      seen.push(`${name} ${clock.now()}`);
    };
    const work = Promise.all([sleeper("a", 30, 30), sleeper("b", 20, 20)]);
    await clock.advance(50);
    expect(seen).toEqual(["b 20", "a 30", "b 40"]);
    expect(clock.now()).toBe(50);
    await clock.runUntil(work);
    expect(seen.at(-1)).toBe("a 60");
  });

  it("gives up a sleep when its signal aborts", async () => {
    const controller = new AbortController();
    for (const clock of [manualClock(), systemClock]) {
      const sleeping = clock.sleep(60_000, controller.signal);
      controller.abort(new Error("stop"));
      await expect(sleeping).rejects.toThrow("stop");
    }
  });
});
