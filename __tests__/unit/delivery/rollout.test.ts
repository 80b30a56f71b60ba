import { describe, expect, it } from "@jest/globals";
import { evidenceDocument, rolloutSummary } from "#ship/delivery";
import { ShipError } from "#ship/kit";
import { minute, settings, trial } from "./canary.ts";

describe("a rollout of a healthy release", () => {
  it("climbs the steps, bakes, and lets the old release go", async () => {
    const { run, world, unsettled } = trial();
    const report = await run();
    expect(report).toMatchObject({ result: "promoted", step: 4, share: 1, failure: undefined });
    expect(world.written.map(({ share }) => share)).toEqual([0.05, 0.25, 0.5, 1]);
    expect(world.share).toBe(1);
    expect(world.retired).toEqual(["blue"]);
    expect(unsettled).toEqual([true, false]);
    const times = world.written.map(({ at }) => at);
    for (const [index, at] of times.slice(1).entries())
      expect(at - (times[index] ?? 0)).toBeGreaterThanOrEqual(10 * minute);
  });

  it("is unchanged when the canary already has all traffic", async () => {
    const { run, world } = trial({ firstShare: 1 });
    expect(await run()).toMatchObject({ result: "unchanged", share: 1, failure: undefined });
    const idle = trial({ firstShare: 1, baseline: "no-data" });
    expect(await idle.run({ compare: false })).toMatchObject({ result: "unchanged" });
    expect(world.written).toEqual([]);
    expect(world.retired).toEqual([]);
  });

  it("starts from 0 % when an earlier rollout was left half-way", async () => {
    const { run, world } = trial({ firstShare: 0.5 });
    expect(await run()).toMatchObject({ result: "promoted" });
    expect(world.written.map(({ share }) => share)).toEqual([0, 0.05, 0.25, 0.5, 1]);
  });

  it("is not rolled back by an incident that hits both releases", async () => {
    const incident = (since: number) => ({ errors: since > 3 * minute && since < 9 * minute ? 0.08 : 0.01 });
    const { run } = trial({ stable: incident, canary: incident });
    expect(await run()).toMatchObject({ result: "promoted" });
  });

  it("is held, and not rolled back, while the stable release itself breaks an absolute limit", async () => {
    const incident = (since: number) => ({ errors: since > 3 * minute && since < 45 * minute ? 0.08 : 0.01 });
    const { run, log } = trial({ stable: incident, canary: incident });
    const report = await run({ maxErrorRate: 0.02 });
    expect(report.result).toBe("promoted");
    expect(report.steps[0]?.ended ?? 0).toBeGreaterThan((report.steps[0]?.begun ?? 0) + 40 * minute);
    expect(log.lines.join("\n")).toContain("max-error-rate is broken by the stable release itself");
  });

  it("is held while the stable release has no healthy target, and goes on once it has", async () => {
    const { run, world, clock } = trial();
    const report = run();
    await clock.advance(5 * minute);
    world.healthyStables = 0;
    await clock.advance(40 * minute);
    expect(world.share).toBe(0.05);
    world.healthyStables = 4;
    expect(await report).toMatchObject({ result: "promoted" });
  });

  it("needs as many targets as the stable fleet has, also while half of that is down", async () => {
    const { run, world, clock } = trial();
    const report = run();
    await clock.advance(25 * minute);
    world.healthyStables = 2;
    world.healthyCanaries = world.registeredCanaries = 2;
    await clock.advance(10 * minute);
    expect(world.share).toBe(0.5);
    world.healthyCanaries = world.registeredCanaries = 4;
    expect(await report).toMatchObject({ result: "promoted" });
  });

  it("survives a gap of eight minutes in the metrics", async () => {
    const { run } = trial({ hasMetrics: (since) => since < 2 * minute || since > 10 * minute });
    expect(await run()).toMatchObject({ result: "promoted" });
  });

  it("waits until the canary could carry the next weight", async () => {
    const { run, world, clock } = trial();
    const report = run();
    await clock.advance(minute);
    world.healthyCanaries = 1;
    await clock.advance(25 * minute);
    expect(world.share).toBe(0.05);
    world.healthyCanaries = 4;
    expect(await report).toMatchObject({ result: "promoted" });
  });
});

describe("a rollout of a bad release", () => {
  it("is rolled back within two bins when five times the requests fail", async () => {
    const { run, world } = trial({ canary: () => ({ errors: 0.05 }) });
    const report = await run();
    expect(report).toMatchObject({
      result: "rolled-back",
      share: 0,
      failure: { code: "CANARY_ROLLED_BACK" },
    });
    expect(report.reason).toContain("errors against stable");
    expect(world.written.map(({ share }) => share)).toEqual([0.05, 0]);
    expect(report.ended - report.begun).toBeLessThan(4 * minute);
    expect(world.retired).toEqual(["green"]);
  });

  it("is rolled back for latency alone", async () => {
    const { run } = trial({ canary: () => ({ errors: 0.01, slow: [0.4, 0.15] }) });
    const report = await run();
    expect(report.result).toBe("rolled-back");
    expect(report.reason).toContain("latency against stable");
  });

  it("is rolled back when it turns bad later, at 50 %", async () => {
    const { run } = trial({ canary: (since) => ({ errors: since > 25 * minute ? 0.03 : 0.01 }) });
    const report = await run();
    expect(report).toMatchObject({ result: "rolled-back", step: 3 });
  });

  it("is rolled back from 100 % when it turns bad in the bake", async () => {
    const { run, world } = trial({ canary: (since) => ({ errors: since > 32 * minute ? 0.05 : 0.01 }) });
    const report = await run();
    expect(report).toMatchObject({ result: "rolled-back", step: 4 });
    expect(report.reason).toContain("errors at 100 %");
    expect(world.share).toBe(0);
    expect(world.retired).toEqual(["green"]);
  });

  it("is rolled back by an absolute limit where nothing is compared", async () => {
    const { run } = trial({ canary: () => ({ errors: 0.06 }) });
    const report = await run({ compare: false, maxErrorRate: 0.02 });
    expect(report).toMatchObject({ result: "rolled-back", step: 1 });
    expect(report.reason).toContain("limit 2 %");
  });

  it("is rolled back at once when it has no healthy target left", async () => {
    const { run, world, clock } = trial();
    const report = run();
    await clock.advance(3 * minute);
    world.healthyCanaries = 0;
    await clock.advance(minute);
    expect(world.share).toBe(0);
    expect(await report).toMatchObject({ result: "rolled-back" });
    expect((await report).reason).toContain("0 of the canary's 4 targets are healthy (10.0.0.9 is unhealthy");
  });

  it("is only reported in observe mode, and its schedule goes on", async () => {
    const { run, world } = trial({ canary: () => ({ errors: 0.05 }) });
    const report = await run({ mode: "observe" });
    expect(report).toMatchObject({ result: "promoted", failure: undefined });
    expect(report.wouldHave).toMatch(/^would have rolled back: errors against stable/);
    expect(world.share).toBe(1);
    expect(rolloutSummary(report)).toContain("**Observe mode:** enforced, it would have rolled back");
  });
});

describe("missing evidence", () => {
  it("never promotes: without any metrics the rollout is inconclusive after max-blind", async () => {
    const { run, world } = trial({ hasMetrics: () => false });
    const report = await run();
    expect(report).toMatchObject({
      result: "inconclusive",
      share: 0,
      failure: { code: "CANARY_INCONCLUSIVE" },
    });
    expect(report.ended - report.begun).toBeLessThan(17 * minute);
    expect(world.share).toBe(0);
  });

  it("leaves the traffic where it is when asked to hold", async () => {
    const { run, world, unsettled } = trial({ hasMetrics: () => false });
    const report = await run({ onInconclusive: "hold" });
    expect(report).toMatchObject({ result: "inconclusive", share: 0.05 });
    expect(world.share).toBe(0.05);
    expect(unsettled.at(-1)).toBe(false);
  });

  it("extends a step up to its limit when there are too few requests", async () => {
    const { run } = trial({ requestsPerSecond: 0.2 });
    const report = await run();
    expect(report.result).toBe("inconclusive");
    expect(report.reason).toMatch(/after 30 min \(limit 30 min\) the canary had \d+ of the \d+ requests/);
  });

  it("never moves on from a comparison without the metrics of the stable release", async () => {
    const { run, world } = trial({ hasStableMetrics: () => false, canary: () => ({ errors: 0.2 }) });
    const report = await run();
    expect(report).toMatchObject({ result: "inconclusive", step: 1 });
    expect(report.reason).toMatch(/could be compared in 0 of the \d+ requests/);
    expect(world.written.map(({ share }) => share)).toEqual([0.05, 0]);
  });

  it("does without the metrics of the stable release where nothing is compared", async () => {
    const { run } = trial({ hasStableMetrics: () => false, canary: () => ({ errors: 0.01 }) });
    expect(await run({ compare: false, maxErrorRate: 0.05 })).toMatchObject({ result: "promoted" });
  });

  it("does not promote from a bake that saw nothing", async () => {
    const { run, world } = trial({ hasMetrics: (since) => since < 31 * minute });
    const report = await run({ maxBlind: 60 * minute });
    expect(report).toMatchObject({ result: "inconclusive", step: 4 });
    expect(world.share).toBe(0);
  });

  it("holds while the metrics cannot be read, and goes on when they can", async () => {
    const { run, world, clock } = trial();
    const report = run();
    await clock.advance(5 * minute);
    world.metricsFailure = new ShipError("SERVICE_UNAVAILABLE", "The metrics do not answer.");
    await clock.advance(10 * minute);
    expect(world.share).toBe(0.05);
    world.metricsFailure = undefined;
    expect(await report).toMatchObject({ result: "promoted" });
  });

  it("refuses to begin when nothing could ever tell a bad release", async () => {
    const { run, world } = trial({ baseline: "no-data" });
    await expect(run({ compare: false })).rejects.toMatchObject({ code: "CANARY_INCONCLUSIVE" });
    expect(world.written).toEqual([]);
  });
});

describe("a rollout that is disturbed", () => {
  it("brings the traffic back with one call when it is cancelled", async () => {
    const { run, world, clock, cancel, unsettled } = trial();
    const report = run();
    await clock.advance(12 * minute);
    const before = world.written.length;
    cancel();
    expect(world.share).toBe(0);
    expect(await report).toMatchObject({ result: "cancelled", share: 0, failure: { kind: "cancelled" } });
    expect(world.written.slice(before).map(({ share }) => share)).toEqual([0]);
    expect(unsettled.at(-1)).toBe(false);
  });

  it("leaves the traffic where it is when a cancellation shall hold", async () => {
    const { run, world, clock, cancel } = trial();
    const report = run({ onCancel: "hold" });
    await clock.advance(12 * minute);
    const { share } = world;
    cancel();
    expect(await report).toMatchObject({ result: "cancelled", share });
    expect(world.share).toBe(share);
  });

  it("keeps trying to bring the traffic back while the target refuses", async () => {
    const { run, world } = trial({ canary: () => ({ errors: 0.2 }) });
    world.refusals = 30;
    expect(await run()).toMatchObject({ result: "rolled-back" });
    expect(world.share).toBe(0);
  });

  it("believes a rollback only when it has been read back", async () => {
    const { run, world } = trial({ canary: () => ({ errors: 0.2 }) });
    world.idleRestores = 3;
    expect(await run()).toMatchObject({ result: "rolled-back" });
    expect(world.share).toBe(0);
    expect(world.idleRestores).toBe(0);
  });

  it("says which command to run when the traffic cannot be brought back, and stays unsettled", async () => {
    const { run, world, unsettled } = trial({ canary: () => ({ errors: 0.2 }) });
    world.refusals = Number.POSITIVE_INFINITY;
    const report = await run();
    expect(report).toMatchObject({ result: "failed", share: 0.05, failure: { code: "ROLLBACK_FAILED" } });
    expect(report.failure?.details).toContain("balancer set stable=100");
    expect(unsettled).toEqual([true]);
  });

  it("brings the traffic back when a weight cannot be written", async () => {
    const { run, world } = trial();
    world.beforeRoute = (share) => {
      if (share === 0.5) throw new ShipError("TRAFFIC_DRIFTED", "Somebody else wrote 10 %.");
    };
    expect(await run()).toMatchObject({ result: "rolled-back", failure: { code: "TRAFFIC_DRIFTED" } });
    expect(world.share).toBe(0);
  });

  it("moves nothing when the canary has no healthy target to begin with", async () => {
    const { run, world } = trial();
    world.healthyCanaries = 0;
    const report = await run();
    expect(report.failure?.code).toBe("CANARY_UNHEALTHY");
    expect(world.written.every(({ share }) => share === 0)).toBe(true);
  });
});

describe("what a rollout tells", () => {
  it("prints a line of one shape whenever something changes", async () => {
    const { run, log } = trial();
    await run();
    const lines = log.lines.filter((line) => line.includes("step 2/4"));
    expect(lines.length).toBeGreaterThan(5);
    expect(lines.at(-1)).toMatch(
      /^info: \[.+\] step 2\/4 · 25 % · canary [\d.]+ % errors of \d+ \(limit [\d.]+ %\), p95 120 ms · stable [\d.]+ % errors of \d+, p95 120 ms · ln M -?[\d.]+ of [\d.]+ · advance$/,
    );
  });

  it("draws the rollout and shows steps and gates in the summary", async () => {
    const { run } = trial({ canary: () => ({ errors: 0.05 }) });
    const summary = rolloutSummary(await run());
    expect(summary).toContain("## ❌ Canary rolled back");
    expect(summary).toContain("xychart-beta");
    expect(summary).toContain("| errors against stable | fail |");
    expect(summary.match(/title "[^"]*"/g)).toEqual([
      'title "Traffic to the canary"',
      'title "Errors: stable (first line), canary (second line)"',
      'title "p95: stable (first line), canary (second line)"',
      'title "Evidence, errors against stable: ln M (first line), rolls back at 5.99 (second line)"',
    ]);
    expect(summary).toMatch(
      /The bins that decided<\/summary>\s+\| From \| Weight \| .* ln M, errors against stable \|/,
    );
  });

  it("keeps evidence that replays to the same numbers", async () => {
    const { run } = trial({ canary: () => ({ errors: 0.05 }) });
    const report = await run();
    const document = evidenceDocument(report, settings);
    expect(document).toMatchObject({ result: "rolled-back", plan: { alpha: 0.01, tolerance: 1.25 } });
    expect(document.weights.map(({ percent }) => percent)).toEqual([5, 0]);
    const gate = document.gates.find(({ name }) => name === "errors against stable");
    expect(gate?.threshold).toBeCloseTo(Math.log(400), 9);
    expect(gate?.lnM).toHaveLength(document.bins.length);
    expect(Math.max(...(gate?.lnM ?? []))).toBeGreaterThan(Math.log(400));
    expect(document.bins[0]?.canary).toMatchObject({
      requests: expect.any(Number),
      errors: expect.any(Number),
      p95: 0.12,
    });
  });
});
