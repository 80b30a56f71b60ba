import { describe, expect, it } from "@jest/globals";
import { isShipError } from "#ship/kit";
import { minute } from "./canary.ts";
import { type Death, durableWorld, type ProcessOptions } from "./durable.ts";
import type { WorldOptions } from "./world.ts";

/** A look a minute after everything that was left behind is past its deadline. */
const longAfter = 20 * minute;
const bad = { canary: () => ({ errors: 0.2 }) };

/** How many calls that change something a rollout makes when it is left in peace. */
async function callsOf(options: Omit<WorldOptions, "clock">, process: ProcessOptions): Promise<number> {
  let count = 0;
  for (; count < 200; count += 1) {
    const ended = await durableWorld(options).process({
      ...process,
      death: { at: count + 1, when: "before" },
    });
    if (typeof ended !== "number") return count;
  }
  throw new Error("The rollout never ends.");
}

async function deathsOf(
  options: Omit<WorldOptions, "clock">,
  process: ProcessOptions = {},
): Promise<readonly Death[]> {
  const count = await callsOf(options, process);
  expect(count).toBeGreaterThan(8);
  return Array.from({ length: count }, (_, index) => index + 1).flatMap((at): Death[] => [
    { at, when: "before" },
    { at, when: "after" },
  ]);
}

describe("a rollout whose process is killed before or after any call that changes something", () => {
  it("ends at 100 % of the new release when it is run again", async () => {
    for (const death of await deathsOf({})) {
      const durable = durableWorld();
      expect(typeof (await durable.process({ death }))).toBe("number");
      const again = await durable.process({ attempt: "2" });
      expect({ death, again }).toMatchObject({ again: { failure: undefined } });
      expect({ death, share: durable.world.share }).toEqual({ death, share: 1 });
      expect({ death, notes: durable.notes.kept, armed: durable.isArmed() }).toEqual({
        death,
        notes: {},
        armed: false,
      });
    }
  });

  it("ends at 100 % of the stable release when it is run again and the new one is bad", async () => {
    for (const death of await deathsOf(bad)) {
      const durable = durableWorld(bad);
      await durable.process({ death });
      const code = await durable.process({ attempt: "2" }).then(
        (report) => (typeof report === "number" ? "died" : report.failure?.code),
        (error: unknown) => (isShipError(error) ? error.code : String(error)),
      );
      expect({ death, code: /^(CANARY_ROLLED_BACK|RELEASE_KNOWN_BAD)$/.exec(code ?? "")?.[0] }).toEqual({
        death,
        code,
      });
      await durable.clock.advance(longAfter);
      expect({ death, share: durable.world.share }).toEqual({ death, share: 0 });
    }
  });

  it("ends at one side by the timer alone when nobody runs it again", async () => {
    for (const death of await deathsOf({})) {
      const durable = durableWorld();
      await durable.process({ death });
      await durable.clock.advance(longAfter);
      expect({ death, isAtOneSide: [0, 1].includes(durable.world.share) }).toEqual({
        death,
        isAtOneSide: true,
      });
      const before = durable.world.share;
      const [found] = await durable.clock.runUntil(durable.reconcile());
      if (before === 0) expect({ death, state: found?.state }).not.toEqual({ death, state: "settled" });
      expect({ death, notes: durable.notes.kept }).toEqual({ death, notes: {} });
    }
  });

  it("ends at one side by reconcile where there is no timer", async () => {
    for (const death of await deathsOf({}, { timer: "none" })) {
      const durable = durableWorld();
      await durable.process({ death, timer: "none" });
      await durable.clock.advance(longAfter);
      const before = durable.world.share;
      const [found] = await durable.clock.runUntil(durable.reconcile());
      const { share } = durable.world;
      expect({ death, isAtOneSide: [0, 1].includes(share) }).toEqual({ death, isAtOneSide: true });
      if (before > 0 && before < 1) expect(found?.state).toBe("settled");
      expect({ death, notes: durable.notes.kept }).toEqual({ death, notes: {} });
    }
  });
});
