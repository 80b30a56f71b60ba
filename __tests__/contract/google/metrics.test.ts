import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { openCloudRunMetrics } from "#ship/google";
import { type SettledMetrics, settled } from "../settled.ts";
import { minute, region, type World, world } from "./world.ts";

let shop: World;
let metrics: SettledMetrics;
let begun: number;
beforeEach(async () => {
  shop = await world({}, { canaryErrors: 0.25 });
  metrics = settled(
    await openCloudRunMetrics(await shop.session(), {
      project: shop.google.project.id,
      region,
      service: "shop",
      revisions: { stable: "shop-1", canary: "shop-2" },
      period: minute,
      lag: 4 * minute,
    }),
  );
  await shop.advance(minute - (shop.clock.now() % minute));
  begun = shop.clock.now();
  await shop.advance(1_000);
});
afterEach(async () => {
  await shop.google.close();
  expect(shop.google.violations).toEqual([]);
});

const bins = (share: number, edges: readonly number[] = []) =>
  metrics.bins({ from: begun, to: shop.clock.now(), edges, expectedShare: () => share });
const divide = async (canary: number) => {
  await (await shop.open()).target.route({ canary });
  await shop.advance(5_000);
  await shop.advance(minute - (shop.clock.now() % minute));
  begun = shop.clock.now();
  await shop.advance(1_000);
};

describe("the evidence of two revisions", () => {
  it("is their requests and errors by minute, once the minutes are complete", async () => {
    await divide(0.5);
    await shop.visit(200);
    await shop.advance(minute);
    await shop.visit(40);
    await shop.advance(3 * minute);
    expect(await bins(0.5)).toEqual([]);
    await shop.advance(2 * minute);

    const [first, second, ...more] = await bins(0.5);
    expect(more).toEqual([]);
    expect([first?.start, first?.end, second?.end]).toEqual([begun, begun + minute, begun + 2 * minute]);
    for (const [bin, visits] of [
      [first, 200],
      [second, 40],
    ] as const) {
      if (!bin || bin.stable === "no-data" || bin.canary === "no-data") throw new Error("There is no data.");
      expect(bin.stable.requests + bin.canary.requests).toBe(visits);
      expect(bin.stable.errors).toBe(0);
      expect(Math.abs(bin.canary.errors - bin.canary.requests / 4)).toBeLessThan(1);
    }
  });

  it("counts answers slower than an edge, and tells people a percentile", async () => {
    await divide(0);
    await shop.visit(50);
    await shop.advance(6 * minute);
    const [bin] = await bins(0, [60]);
    if (!bin || bin.stable === "no-data") throw new Error("There is no data.");
    expect(bin.stable).toMatchObject({ requests: 50, slower: [0] });
    expect(bin.stable.p95).toBeGreaterThan(0);
    expect(bin.stable.p95).toBeLessThan(60);
  });

  it("is zero for a revision that was to get next to nothing, and missing for one that was to get much", async () => {
    await divide(0);
    await shop.visit(100);
    await shop.advance(6 * minute);
    const [few] = await bins(0.05);
    expect(few?.canary).toEqual({ requests: 0, errors: 0, slower: [] });
    const [many] = await bins(0.5);
    expect(many?.canary).toBe("no-data");
    expect(many?.stable).toMatchObject({ requests: 100 });
  });

  it("is missing for both when there is none, and never read as health", async () => {
    await shop.advance(6 * minute);
    const seen = await bins(0.5);
    expect(seen).toHaveLength(2);
    for (const bin of seen) expect(bin).toMatchObject({ stable: "no-data", canary: "no-data" });
  });

  it("is missing while it is late", async () => {
    await divide(0.5);
    shop.google.monitoring.setLag(20 * minute);
    await shop.visit(100);
    await shop.advance(6 * minute);
    for (const bin of await bins(0.5)) expect(bin.canary).toBe("no-data");
  });

  it("is an error when it cannot be read, in Google's words", async () => {
    await shop.advance(6 * minute);
    shop.google.deniedPermissions.add("monitoring.timeSeries.list");
    await expect(bins(0.5)).rejects.toMatchObject({
      code: "ACCESS_DENIED",
      message: expect.stringContaining("monitoring.timeSeries.list answered PERMISSION_DENIED"),
    });
  });
});

describe("evidence of which Cloud Monitoring has a part only", () => {
  it.each([
    ["an execution error", { executionErrors: [{ code: 4, message: "Deadline of a shard exceeded." }] }],
    ["a location that does not answer", { unreachable: ["Deadline of a shard exceeded."] }],
  ])("is an error that may pass, never counts: %s", async (_, missing) => {
    await divide(0.5);
    await shop.visit(100);
    await shop.advance(6 * minute);
    const partial = await openCloudRunMetrics(
      await shop.session({
        fetch: async (input, init) => {
          const answer = await fetch(input, init);
          if (!String(input).includes("/timeSeries")) return answer;
          return Response.json({ ...((await answer.json()) as object), ...missing });
        },
      }),
      {
        project: shop.google.project.id,
        region,
        service: "shop",
        revisions: { stable: "shop-1", canary: "shop-2" },
        period: minute,
        lag: 4 * minute,
      },
    );
    const asked = partial.bins({ from: begun, to: shop.clock.now(), edges: [] });
    await expect(asked).rejects.toMatchObject({
      code: "SERVICE_UNAVAILABLE",
      kind: "provider",
      message: expect.stringMatching(/a part of request_\w+ only: Deadline of a shard exceeded/),
    });
  });
});

describe("what stable did before", () => {
  it("is counted over the last hour, or longer where that has too little", async () => {
    await shop.visit(150);
    await shop.advance(2 * 60 * minute);
    await shop.visit(10);
    await shop.advance(5 * minute);
    const baseline = await metrics.baseline(shop.clock.now());
    if (baseline === "no-data") throw new Error("There is no baseline.");
    expect(baseline).toMatchObject({ requests: 160, errors: 0, over: 24 * 60 * minute });
    expect(baseline.latency?.p95).toBeGreaterThan(0);
    expect(baseline.latency?.p99).toBeGreaterThanOrEqual(baseline.latency?.p95 ?? Number.NaN);
  });

  it("has no percentiles of a handful of requests, and is missing without any", async () => {
    expect(await metrics.baseline(shop.clock.now())).toBe("no-data");
    await shop.visit(20);
    await shop.advance(5 * minute);
    const baseline = await metrics.baseline(shop.clock.now());
    expect(baseline).toMatchObject({ requests: 20, errors: 0 });
    expect(baseline).not.toHaveProperty("latency");
  });
});
