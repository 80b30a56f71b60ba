import { describe, expect, it } from "@jest/globals";
import {
  ceilingEvidence,
  checkSplit,
  createGates,
  ratioAtLeast,
  requestsToCompare,
  requestsToJudge,
  twoArmEvidence,
} from "#ship/delivery";
import { settings } from "./canary.ts";
import { steadyBaseline } from "./world.ts";

type Counts = readonly [canary: number, canaryBad: number, stable: number, stableBad: number];

const trailOf = (bins: readonly Counts[], tolerance: number, dispersion = 1) =>
  twoArmEvidence(
    bins.map(([canaryRequests, canaryBad, stableRequests, stableBad]) => ({
      canaryRequests,
      canaryBad,
      stableRequests,
      stableBad,
    })),
    { tolerance, dispersion },
  );

function expectTrail(trail: readonly number[], expected: readonly number[]): void {
  expect(trail).toHaveLength(expected.length);
  for (const [index, value] of expected.entries()) expect(trail[index]).toBeCloseTo(value, 6);
}

describe("the evidence of the two-arm test", () => {
  it("falls a little at one ordinary bin", () => {
    expectTrail(trailOf([[300, 3, 5700, 28]], 1), [-0.097272]);
  });

  it("grows fast over three bins of a canary with five times the errors", () => {
    const bins: Counts[] = [
      [300, 15, 5700, 57],
      [300, 14, 5700, 55],
      [300, 17, 5700, 60],
    ];
    expectTrail(trailOf(bins, 1.1), [7.499313, 16.184507, 28.156992]);
  });

  it("holds across changes of the weight", () => {
    const bins: Counts[] = [
      [300, 3, 5700, 29],
      [600, 9, 5400, 27],
      [1500, 30, 4500, 22],
    ];
    expectTrail(trailOf(bins, 1), [-0.121165, 1.996787, 13.286621]);
  });

  it("is not moved by bins in which one release has no requests or nothing went wrong", () => {
    const bins: Counts[] = [
      [0, 0, 6000, 30],
      [300, 0, 5700, 0],
      [300, 3, 0, 0],
    ];
    expectTrail(trailOf(bins, 1), [0, 0, 0]);
    expectTrail(twoArmEvidence([undefined, undefined], { tolerance: 1, dispersion: 1 }), [0, 0]);
  });

  it("counts correlated requests as fewer: a dispersion of 5 shrinks every ratio fivefold", () => {
    const [plain = 0] = trailOf([[300, 15, 5700, 57]], 1.1);
    const [clustered = 0] = trailOf([[300, 15, 5700, 57]], 1.1, 5);
    const [fifth = 0] = trailOf([[300, 3, 5700, 11.4]], 1.1);
    expect(clustered).toBeLessThan(plain);
    expect(clustered).toBeCloseTo(fifth, 9);
  });

  it("does not overflow when one bin decides everything", () => {
    const [overwhelming = 0] = trailOf([[100_000, 90_000, 100_000, 10]], 1.25);
    expect(overwhelming).toBeGreaterThan(1_000);
    expect(Number.isFinite(overwhelming)).toBe(true);
  });
});

describe("the ratio that is certain", () => {
  const bad = { canaryRequests: 300, canaryBad: 15, stableRequests: 5_700, stableBad: 57 };
  const bound = (bins: number, alpha = 0.01) => ratioAtLeast(Array(bins).fill(bad), alpha, 1);

  it("is none while the evidence refutes nothing", () => {
    const ordinary = { canaryRequests: 300, canaryBad: 0, stableRequests: 5_700, stableBad: 28 };
    expect(ratioAtLeast([ordinary, undefined], 0.01, 1)).toBeUndefined();
  });

  it("comes closer to the true ratio of five with every bin, and stays below it", () => {
    const bounds = [1, 3, 10, 100].map((bins) => bound(bins) ?? 0);
    expect(bounds).toEqual([...bounds].sort((a, b) => a - b));
    expect(bounds[0]).toBeGreaterThan(1);
    expect(bounds[3]).toBeGreaterThan(4);
    expect(bounds[3]).toBeLessThan(5);
  });

  it("is the tolerance at which the test itself, without restarts, would just act", () => {
    const tolerance = bound(3) ?? 0;
    const share = 300 / 6_000;
    const mean =
      [1.25, 1.5, 2, 3, 5, 10, 30, 100]
        .map((times) => {
          const growth = (1 + (tolerance * times - 1) * share) / (1 + (tolerance - 1) * share);
          return Math.exp(3 * (15 * Math.log(times) - 72 * Math.log(growth)));
        })
        .reduce((sum, ratio) => sum + ratio, 0) / 8;
    expect(Math.log(mean)).toBeCloseTo(Math.log(100), 5);
  });

  it("asks for more where more certainty is wanted", () => {
    expect(bound(3, 0.000_1) ?? 0).toBeLessThan(bound(3) ?? 0);
  });
});

describe("the α of a rollout", () => {
  const { latency: _none, ...withoutLatency } = steadyBaseline;
  const [shared, alone] = [[{ share: 0.5 }, { share: 1 }], [{ share: 1 }]];

  it.each([
    { count: 1, threshold: 4.605_17, steps: alone, baseline: withoutLatency, changes: {} },
    { count: 2, threshold: 5.298_317, steps: shared, baseline: withoutLatency, changes: {} },
    {
      count: 3,
      threshold: 5.703_782,
      steps: shared,
      baseline: withoutLatency,
      changes: { maxErrorRate: 0.02 },
    },
  ])("is divided by $count: each gate acts at ln M = $threshold", (row) => {
    const { gates, gateAlpha } = createGates({ ...settings, ...row.changes }, row.steps, row.baseline);
    expect(gates).toHaveLength(row.count);
    expect(-Math.log(gateAlpha)).toBeCloseTo(row.threshold, 6);
    for (const gate of gates) {
      expect(gate({ bins: [], weights: [] })).toMatchObject({ threshold: -Math.log(gateAlpha), p: 1 });
    }
  });
});

describe("the evidence of the ceiling test", () => {
  it("grows with bins above a ceiling of two per cent", () => {
    const bins = [
      { requests: 300, bad: 15 },
      { requests: 300, bad: 18 },
    ];
    expectTrail(ceilingEvidence(bins, 0.02, 1), [2.668397, 10.076293]);
  });

  it("stays below zero while the share is well under the ceiling", () => {
    const bins = Array.from({ length: 20 }, () => ({ requests: 300, bad: 1 }));
    expect(Math.max(...ceilingEvidence(bins, 0.02, 1))).toBeLessThan(0);
  });
});

describe("the requests a verdict needs", () => {
  const need = { alpha: 0.01, tolerance: 1, minRequests: 50 };

  it("are few for a large change and many for a small one", () => {
    expect(requestsToCompare({ ...need, detect: 5 }, 0.01, 0.05)).toBe(262);
    expect(requestsToCompare({ ...need, detect: 2 }, 0.01, 0.05)).toBe(2652);
  });

  it("are never fewer than asked for", () => {
    expect(requestsToCompare({ ...need, detect: 100, minRequests: 500 }, 0.05, 0.5)).toBe(500);
  });

  it("are infinite for a change that is tolerated", () => {
    expect(requestsToCompare({ ...need, tolerance: 2, detect: 2 }, 0.01, 0.05)).toBe(
      Number.POSITIVE_INFINITY,
    );
  });

  it("follow from the ceiling where nothing is compared", () => {
    const fewer = requestsToJudge({ ...need, detect: 10 }, 0.01);
    const more = requestsToJudge({ ...need, detect: 3 }, 0.01);
    expect(fewer).toBeLessThan(more);
  });
});

describe("the split check", () => {
  it("accepts the ordinary scatter around the written weight", () => {
    expect(checkSplit(62, 938, 0.05, 0.01)).toMatchObject({ isOff: false, observed: 0.062 });
  });

  it("notices sticky sessions that keep the canary at a third of its weight", () => {
    expect(checkSplit(170, 9_830, 0.05, 0.01).isOff).toBe(true);
  });

  it("forgives a share that is certainly off but near", () => {
    const finding = checkSplit(6_000, 94_000, 0.05, 0.01);
    expect(finding.logEvidence).toBeGreaterThan(Math.log(100));
    expect(finding.isOff).toBe(false);
  });

  it("says nothing without requests", () => {
    expect(checkSplit(0, 0, 0.05, 0.01)).toEqual({ observed: 0.05, logEvidence: 0, isOff: false });
  });
});
