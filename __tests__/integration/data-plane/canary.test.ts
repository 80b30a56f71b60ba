import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import type { Metrics } from "#ship/delivery";
import { counters, type DataPlane, increases, startDataPlane } from "./world.ts";

let plane: DataPlane;
beforeAll(async () => {
  plane = await startDataPlane();
}, 120_000);
beforeEach(() => plane.reset());
afterAll(async () => {
  await plane[Symbol.asyncDispose]();
});

const weight = async () =>
  Number(/canary (\d+)/.exec(await plane.haproxy.command(`show map ${plane.haproxy.weights}`))?.[1]);
const limit = 180_000;

describe("a real data plane", () => {
  it("divides the traffic, tells drift, and is brought back by the command a person is told", async () => {
    const { target, haproxy } = plane;
    await target.inspect();
    await target.route({ canary: 0.25 });
    expect(await weight()).toBe(2_500);
    expect(await target.health({ name: "green" })).toEqual({ healthy: 2, registered: 2, reasons: [] });
    await haproxy.command(`set map ${haproxy.weights} canary 4000`);
    await expect(target.route({ canary: 0.5 })).rejects.toMatchObject({ code: "TRAFFIC_DRIFTED" });
    execFileSync("sh", ["-c", target.restoreByHand()]);
    expect(await weight()).toBe(0);
  });

  it("gives the same evidence whether Prometheus is asked for counters or for increases", async () => {
    const to = Date.now();
    const query = { from: to - 20_000, to, edges: [] };
    const requests = async (metrics: Metrics) =>
      (await metrics.bins(query)).reduce(
        (sum, { stable }) => sum + (typeof stable.requests === "number" ? stable.requests : 0),
        0,
      );
    const exact = await requests(plane.metrics(counters, 5_000));
    expect(exact).toBeGreaterThan(1_000);
    expect((await requests(plane.metrics(increases, 5_000))) / exact).toBeCloseTo(1, 1);
  });

  it("tells a query that Prometheus cannot parse in its own words", async () => {
    const broken = { ...counters, errors: 'haproxy_backend_http_responses_total{proxy="{{arm}}"' };
    await expect(plane.metrics(broken).baseline(Date.now())).rejects.toMatchObject({
      code: "INPUT_INVALID",
      message: expect.stringMatching(
        /answered query-errors with 400 bad_data: .*parse error: unexpected end of input/,
      ),
    });
  });
});

describe("a rollout behind a real load balancer, judged by a real Prometheus", () => {
  it(
    "promotes a healthy release, and counts every request its users made",
    async () => {
      const report = await plane.rollOut();
      expect(report).toMatchObject({ result: "promoted", share: 1, step: 3 });
      expect(await weight()).toBe(10_000);
      const counted = report.bins.reduce(
        (sum, { canary }) => sum + (canary === "no-data" ? 0 : canary.requests),
        0,
      );
      const seen = plane.traffic.snapshot(report.begun).get("green")?.requests ?? 0;
      // The users went on for the few seconds that no complete bin holds yet.
      expect(counted).toBeGreaterThan(seen / 2);
      expect(counted).toBeLessThanOrEqual(seen);
    },
    limit,
  );

  it(
    "rolls back a release that fails one request in five",
    async () => {
      plane.green.errors = 0.2;
      const report = await plane.rollOut();
      expect(report).toMatchObject({ result: "rolled-back", share: 0, step: 1 });
      expect(report.reason).toMatch(
        /^errors against stable: canary (?:1|2)\d(?:\.\d+)? % errors of \d+, stable 0 % of \d+/,
      );
      expect(await weight()).toBe(0);
    },
    limit,
  );

  it(
    "rolls back a release that answers late, by the latency gate",
    async () => {
      plane.green.delay = 150;
      const report = await plane.rollOut();
      expect(report).toMatchObject({ result: "rolled-back", share: 0 });
      expect(report.reason).toMatch(/^latency against stable: .* of the canary slower than /);
      expect(await weight()).toBe(0);
    },
    limit,
  );

  it(
    "is inconclusive, and goes back, when the exporter stops",
    async () => {
      await plane.haproxy.command("disable frontend metrics");
      const report = await plane.rollOut();
      expect(report).toMatchObject({ result: "inconclusive", share: 0 });
      expect(report.reason).toMatch(/^no metrics of the canary for 15/);
      expect(report.bins.at(-1)).toMatchObject({ stable: "no-data", canary: "no-data" });
      expect(await weight()).toBe(0);
    },
    limit,
  );
});
