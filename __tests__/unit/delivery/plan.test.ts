import { describe, expect, it } from "@jest/globals";
import {
  type PlannedStep,
  type Prospect,
  planSummary,
  prepareRollout,
  type RolloutSettings,
  smallestVisible,
  timeToSee,
} from "#ship/delivery";
import { manualClock } from "#ship/kit";
import { minute, settings } from "./canary.ts";
import { createWorld, steadyBaseline, type WorldOptions } from "./world.ts";

const hour = 60 * minute;
const surroundings = { permissions: ["lb:Write", "metrics:Read"], jobLimit: 6 * hour };

async function planned(
  changes: Partial<RolloutSettings> = {},
  options: Partial<WorldOptions> = {},
  around = surroundings,
) {
  const { target, metrics, written } = createWorld({ clock: manualClock(), ...options });
  const chosen = { ...settings, ...changes };
  const signal = new AbortController().signal;
  const prepared = await prepareRollout(chosen, { target, metrics, now: 0, signal });
  expect(written).toEqual([]);
  return planSummary(chosen, prepared, around);
}

describe("the plan of a rollout", () => {
  it("says how long it takes, what it needs and what rolls it back", async () => {
    const text = await planned();
    expect(text).toContain("From `blue` to `green`, now at 0 %.");
    expect(text).toContain("It takes 40 min to 2 h 10 min, within the 6 h after which the job is stopped.");
    expect(text).toMatch(
      /\| 1 \| 5 % \| 10 min \| 30 min \| \d+ \| [\d.]+ (?:s|min.*) \| [\d.]+ times stable \|/,
    );
    expect(text).toContain("| errors against stable | while both releases run | 5.991 | 1.609 |");
    expect(text).toContain("| latency at 100 % | at 100 % | 5.991 | 1.609 |");
    expect(text).toContain("at most 1 % of all rollouts");
    expect(text).toContain("360000 requests in 1 h, 1 % with errors");
    expect(text).toContain("Permissions: `lb:Write`, `metrics:Read`.");
  });

  it("warns when the job would be stopped before the end", async () => {
    expect(await planned({}, {}, { ...surroundings, jobLimit: hour })).toContain("⚠️ longer than the 1 h");
  });

  it("counts the wait for an approval", async () => {
    const steps = [{ share: 0.05, until: "approval" }, { share: 1 }] as const;
    const text = await planned({ steps, approvalTimeout: 2 * hour });
    expect(text).toContain("| 5 %, until approved | 10 min | 2 h |");
    expect(text).toContain("It takes 20 min to 2 h 40 min");
  });

  it("says up front what little traffic cannot show, and how long that would take", async () => {
    const quiet = { ...steadyBaseline, requests: 1_800, errors: 9 };
    const text = await planned({}, { baseline: quiet });
    expect(text).toMatch(
      /⚠️ A canary with 2 times the errors of stable cannot be told from a healthy one at 5 %: that would take \d+ h/,
    );
    expect(text).toMatch(/⚠️ \d+ h [\d min]*: longer than the step may take/);
  });

  it("says that a canary with twice the errors shows where traffic suffices", async () => {
    const busy = { ...steadyBaseline, requests: 3_600_000, errors: 36_000 };
    expect(await planned({}, { baseline: busy })).toMatch(
      /A canary with 2 times the errors of stable shows at 5 % after about [\d.]+ (?:s|min)/,
    );
  });

  it("does not guess without metrics", async () => {
    const text = await planned({}, { baseline: "no-data" });
    expect(text).toContain("unknown traffic");
    expect(text).toContain("latency is not compared");
  });
});

describe("what a step shows", () => {
  const prospect: Prospect = {
    traffic: 0.1,
    errorShare: 0.01,
    alpha: 0.005,
    tolerance: 1.25,
    ceiling: undefined,
  };
  const step: PlannedStep = { share: 0.05, interval: 10 * minute, longest: 30 * minute };

  it("is exactly what takes as long as it may last", () => {
    const ratio = smallestVisible(prospect, step) ?? 0;
    expect(ratio).toBeGreaterThan(1.25);
    expect(timeToSee(prospect, step, ratio)).toBeLessThanOrEqual(step.longest);
    expect(timeToSee(prospect, step, ratio * 0.99)).toBeGreaterThan(step.longest);
  });

  it("is less with less traffic, and nothing without any", () => {
    const ratios = [0.1, 0.01, 0.001].map((traffic) => smallestVisible({ ...prospect, traffic }, step) ?? 0);
    expect(ratios).toEqual([...ratios].sort((a, b) => a - b));
    expect(smallestVisible({ ...prospect, traffic: 0 }, step)).toBeUndefined();
  });

  it("is never what is tolerated", () => {
    expect(timeToSee(prospect, step, 1.25)).toBe(Number.POSITIVE_INFINITY);
  });

  it("is measured against the limit where nothing is compared", () => {
    const limited = { ...prospect, tolerance: undefined, ceiling: 0.02 };
    expect(timeToSee(limited, step, 3)).toBeLessThan(timeToSee(limited, step, 2));
  });
});
