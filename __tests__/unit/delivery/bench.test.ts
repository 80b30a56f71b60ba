import { describe, expect, it } from "@jest/globals";
import { expectations } from "../../../scripts/bench/canary/expectations.ts";
import { binomial, poisson, seeded } from "../../../scripts/bench/canary/random.ts";
import type { Rule } from "../../../scripts/bench/canary/rule.ts";
import { allRules, tryOut } from "../../../scripts/bench/canary/study.ts";
import { badTable, healthyTable } from "../../../scripts/bench/canary/tables.ts";
import { badTraces, healthyTraces } from "../../../scripts/bench/canary/traces.ts";

const traces = [...healthyTraces, ...badTraces];
const runs = 30;

async function ruleCalled(name: string) {
  const { ours, peers, edges } = await allRules();
  const rule = [...ours, ...peers].find((one) => one.name === name);
  if (!rule) throw new Error(`There is no rule ${name}.`);
  return { rule, edges };
}

async function tried(name: string, trace: string, count = 30) {
  const { rule, edges } = await ruleCalled(name);
  const world = traces.find((one) => one.name === trace);
  if (!world) throw new Error(`There is no trace ${trace}.`);
  return tryOut(rule, world, edges, count);
}

describe("the benchmark of the gates", () => {
  const promises = expectations.filter(({ rule }) => rule === "ship default");

  it.each(promises.map((promise) => [promise.what, promise] as const))("%s", async (_, promise) => {
    expect(promise.holds(await tried(promise.rule, promise.trace, runs))).toBe(true);
  });

  it("would notice a rule that rolls everything back, or nothing", async () => {
    const { edges } = await allRules();
    const rule = (name: string, answer: "advance" | "roll-back"): Rule => ({
      name,
      begin: () => () => answer,
    });
    const isKept = (one: Rule) =>
      promises.map((promise) => {
        const trace = traces.find(({ name }) => name === promise.trace);
        return trace && promise.holds(tryOut(one, trace, edges, 3));
      });
    const healthy = healthyTraces.length;
    expect(isKept(rule("nervous", "roll-back")).slice(0, healthy)).toEqual(Array(healthy).fill(false));
    expect(isKept(rule("blind", "advance")).slice(healthy)).not.toContain(true);
  });

  it("counts what users saw: nothing of a healthy canary, 300 requests a minute of a bad one at 5 %", async () => {
    expect((await tried("ship default", ".5 % base")).bad).toBe(0);
    const { edges } = await allRules();
    const rule: Rule = {
      name: "at four",
      begin:
        () =>
        ({ now }) =>
          now === 4 ? "roll-back" : "advance",
    };
    const trace = badTraces.find(({ name }) => name === "50 % errors");
    if (!trace) throw new Error("The trace is gone.");
    expect(tryOut(rule, trace, edges, 2)).toMatchObject({
      median: 4,
      bad: expect.closeTo(4 * 300 * 0.495, 6),
    });
  });

  it("gives the same numbers again", async () => {
    expect(await tried("ship default", "1→2 %", 5)).toEqual(await tried("ship default", "1→2 %", 5));
  });
});

describe("the peers' rules in the benchmark", () => {
  it.each([
    ["CW 3-of-3", "never any metrics, 5 % errors", { rolledBack: 0 }],
    ["CW 3-of-3", "5 % errors", { rolledBack: 1, median: 4 }],
    ["CDK ≥ 1 5xx", ".5 % base", { rolledBack: 1 }],
    ["Flagger doc", "5 % errors", { rolledBack: 1, median: 12 }],
    ["Flagger threshold 1", "50 % errors", { rolledBack: 1, median: 3 }],
    ["Argo doc", "8-min metric gap", { rolledBack: 1 }],
    ["Argo tuned", "5 % errors", { rolledBack: 1, median: 5 }],
    ["Kayenta vs stable", "50 % errors", { rolledBack: 1, median: 11 }],
    ["Kayenta equal arm", "never any metrics, 5 % errors", { rolledBack: 1, median: 11 }],
    ["Release Mgr", "never any metrics, 5 % errors", { rolledBack: 0 }],
  ])("%s at %s ends as documented", async (rule, trace, expected) => {
    expect(await tried(rule, trace, 10)).toMatchObject(expected);
  });

  it("are marked where they roll healthy releases back under the same conditions", async () => {
    const { rule, edges } = await ruleCalled("CDK ≥ 1 5xx");
    const outcomes = traces.map((trace) => tryOut(rule, trace, edges, 4));
    expect(healthyTable([rule], outcomes)).toMatch(/^\| CDK ≥ 1 5xx \| 100 \| 100 \| 100 \|/m);
    const [, , row] = badTable([rule], outcomes).split("\n");
    expect(row).toMatch(/^\| CDK ≥ 1 5xx \| 2\/2, 27\* \| 2\/2, 297\* \|.* \| never, 2430 \|$/);
  });
});

describe("the random numbers of the benchmark", () => {
  const mean = (draw: () => number) => {
    const draws = Array.from({ length: 20_000 }, draw);
    return draws.reduce((sum, value) => sum + value, 0) / draws.length;
  };

  it.each([
    [300, 0.005],
    [5_700, 0.01],
    [6_000, 0.95],
    [2, 0.5],
  ])("are binomial: of %d trials with a chance of %d as many succeed as should", (trials, chance) => {
    const random = seeded(7);
    const expected = trials * chance;
    expect(mean(() => binomial(random, trials, chance)) / expected).toBeCloseTo(1, 1);
    expect(binomial(random, trials, 0)).toBe(0);
    expect(binomial(random, trials, 1)).toBe(trials);
  });

  it("are Poisson: as many arrive as should", () => {
    const random = seeded(7);
    expect(mean(() => poisson(random, 1.5))).toBeCloseTo(1.5, 1);
    expect(mean(() => poisson(random, 6_000)) / 6_000).toBeCloseTo(1, 2);
  });
});
