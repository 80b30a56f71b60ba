import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { openAlbMetrics } from "#ship/aws";
import { type SettledMetrics, type SettledQuery, settled } from "../../settled.ts";
import { arnOf, blue, green, loadBalancer, traffic } from "../../simulators/cloudwatch/traffic.ts";
import { served } from "../../simulators/served.ts";
import { testSession } from "../session.ts";

let world: ReturnType<typeof traffic>;
let front: Awaited<ReturnType<typeof served>>;

beforeEach(async () => {
  world = traffic();
  front = await served(world.cloudwatch);
});
afterEach(async () => {
  await front.close();
  expect(front.violations).toEqual([]);
});

const second = 1_000;
const answered = (group: string, targetResponseTime = 0.1, targetStatus = 200) => ({
  group,
  targetStatus,
  targetResponseTime,
});

async function open(period = 60 * second, lag = 0): Promise<SettledMetrics> {
  const environment = {
    AWS_ENDPOINT_URL: front.client.endpoint,
    AWS_ACCESS_KEY_ID: "AKIATEST",
    AWS_SECRET_ACCESS_KEY: "secret",
  };
  const metrics = await openAlbMetrics(
    testSession(world.clock, environment),
    {
      listenerOrRule: `arn:aws:elasticloadbalancing:eu-central-1:123456789012:listener-rule/${loadBalancer}/0000000000000004/0000000000000005`,
      sides: { kind: "target-groups", stable: arnOf(blue), canary: arnOf(green) },
      period,
      lag,
    },
    new AbortController().signal,
  );
  return settled(metrics);
}

const all = (share = 0.5, edges: readonly number[] = []): SettledQuery => ({
  from: world.start,
  to: world.clock.now(),
  edges,
  expectedShare: () => share,
});

describe("bins of two target groups", () => {
  it("hold requests, errors of both kinds and slow requests of each release", async () => {
    world.serve(5, 90, answered(blue));
    world.serve(6, 10, answered(blue, 0.6));
    world.serve(7, 40, answered(green, 0.3));
    world.serve(8, 4, answered(green, 0.9, 503));
    world.serve(9, 2, { group: green, status: 502, targetConnectionError: true });
    await world.clock.advance(60 * second);
    const metrics = await open();
    expect(await metrics.bins(all(0.5, [0.25, 0.5]))).toEqual([
      {
        start: world.start,
        end: world.start + 60 * second,
        stable: { requests: 100, errors: 0, slower: [10, 10], p95: expect.any(Number) },
        canary: { requests: 46, errors: 6, slower: [44, 4], p95: expect.any(Number) },
      },
    ]);
  });

  it("come down to one second", async () => {
    world.serve(0, 50, answered(blue));
    world.serve(0, 50, answered(green));
    world.serve(2, 30, answered(blue));
    world.serve(2, 31, answered(green));
    await world.clock.advance(3 * second);
    const metrics = await open(second);
    const requests = (await metrics.bins(all())).map(({ stable, canary }) => [
      stable === "no-data" ? stable : stable.requests,
      canary === "no-data" ? canary : canary.requests,
    ]);
    expect(requests).toEqual([
      [50, 50],
      ["no-data", "no-data"],
      [30, 31],
    ]);
  });

  it("younger than the lag, or not complete, are left out", async () => {
    world.serve(5, 10, answered(blue));
    world.serve(65, 10, answered(blue));
    await world.clock.advance(179 * second);
    const metrics = await open(60 * second, 60 * second);
    expect(await metrics.bins(all(0.5))).toHaveLength(1);
    await world.clock.advance(second);
    expect(await metrics.bins(all(0.5))).toHaveLength(2);
  });

  it("take a canary without requests for idle when few were expected, and for unknown when many were", async () => {
    world.serve(5, 500, answered(blue));
    await world.clock.advance(60 * second);
    const metrics = await open();
    const [few] = await metrics.bins(all(0.05));
    expect(few?.canary).toEqual({ requests: 0, errors: 0, slower: [] });
    const [many] = await metrics.bins(all(0.1));
    expect(many).toMatchObject({ canary: "no-data", stable: { requests: 500 } });
  });

  it("take an idle stable release for idle when the canary has all traffic", async () => {
    world.serve(5, 500, answered(green));
    await world.clock.advance(60 * second);
    const metrics = await open();
    expect((await metrics.bins(all(1)))[0]).toMatchObject({
      stable: { requests: 0 },
      canary: { requests: 500 },
    });
  });

  it("are unknown on both sides when the series do not arrive, never healthy", async () => {
    world.serve(5, 500, answered(blue));
    world.serve(5, 500, answered(green));
    await world.clock.advance(60 * second);
    const arrive = world.cloudwatch.suppress(() => true);
    const metrics = await open();
    expect(await metrics.bins(all())).toMatchObject([{ stable: "no-data", canary: "no-data" }]);
    arrive();
    expect(await metrics.bins(all())).toMatchObject([
      { stable: { requests: 500 }, canary: { requests: 500 } },
    ]);
  });
});

describe("the stable release before the first shift", () => {
  it("is measured over an hour when that has enough requests", async () => {
    world.serve(60, 1_900, answered(blue, 0.1));
    world.serve(61, 100, answered(blue, 0.7, 500));
    await world.clock.advance(600 * second);
    const baseline = await (await open()).baseline(world.clock.now());
    expect(baseline).toMatchObject({ requests: 2_000, errors: 100, over: 600 * second });
    expect(baseline).toMatchObject({ latency: { p99: expect.closeTo(0.7, 1) } });
  });

  it("has no percentiles from a handful of requests", async () => {
    world.serve(60, 20, answered(blue));
    await world.clock.advance(600 * second);
    const baseline = await (await open()).baseline(world.clock.now());
    expect(baseline).toMatchObject({ requests: 20, errors: 0 });
    expect(baseline).not.toHaveProperty("latency");
  });

  it("is no data when there was none", async () => {
    await world.clock.advance(600 * second);
    expect(await (await open()).baseline(world.clock.now())).toBe("no-data");
  });
});
