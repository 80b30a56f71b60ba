import { beforeEach, describe, expect, it } from "@jest/globals";
import { call, refusal } from "../calls.ts";
import { arnOf, blue, green, loadBalancer, loadBalancerArn, query, traffic } from "./traffic.ts";

describe("GetMetricData of the simulated CloudWatch", () => {
  let world: ReturnType<typeof traffic>;

  beforeEach(() => {
    world = traffic();
  });

  const ask = (queries: readonly object[], more: object = {}) =>
    call(world.cloudwatch, "GetMetricData", {
      MetricDataQueries: queries,
      StartTime: new Date(world.start),
      EndTime: new Date(world.start + 600_000),
      ScanBy: "TimestampAscending",
      ...more,
    });
  /** Seconds after the start and values, by query id. */
  const points = async (queries: readonly object[], more: object = {}) => {
    const { MetricDataResults } = await ask(queries, more);
    if (!Array.isArray(MetricDataResults)) throw new Error("no results");
    return Object.fromEntries(
      MetricDataResults.map((result: { Id: string; Timestamps: Date[]; Values: number[] }) => [
        result.Id,
        result.Timestamps.map((at, index) => [(at.getTime() - world.start) / 1000, result.Values[index]]),
      ]),
    );
  };

  it("counts the requests of each minute, and leaves out minutes without any", async () => {
    world.serve(5, 30, { group: blue, targetStatus: 200 });
    world.serve(59, 3, { group: green, targetStatus: 500, status: 500 });
    world.serve(150, 7, { group: blue, targetStatus: 200 });
    await world.clock.advance(300_000);

    expect(
      await points([
        query("all", "RequestCount"),
        query("blue", "RequestCount", blue),
        query("bad", "HTTPCode_Target_5XX_Count", green),
        query("none", "HTTPCode_Target_5XX_Count", blue),
      ]),
    ).toEqual({
      all: [
        [0, 33],
        [120, 7],
      ],
      blue: [
        [0, 30],
        [120, 7],
      ],
      bad: [[0, 3]],
      none: [],
    });
  });

  it("knows errors of the load balancer itself only without a target group", async () => {
    world.serve(1, 4, { group: green, status: 502, targetConnectionError: true });
    world.serve(2, 2, { status: 503 });
    await world.clock.advance(60_000);

    expect(
      await points([
        query("made", "HTTPCode_ELB_5XX_Count"),
        query("of_group", "HTTPCode_ELB_5XX_Count", green),
        query("bad_gateway", "HTTPCode_ELB_502_Count"),
        query("refused", "TargetConnectionErrorCount", green),
        query("target", "HTTPCode_Target_5XX_Count", green),
        query("requests", "RequestCount"),
      ]),
    ).toEqual({
      made: [[0, 6]],
      of_group: [],
      bad_gateway: [[0, 4]],
      refused: [[0, 4]],
      target: [],
      requests: [[0, 4]],
    });
  });

  it("answers periods of a second, and counts above an edge of response time", async () => {
    for (const [second, time] of [
      [0, 0.1],
      [0, 0.3],
      [1, 0.2],
      [3, 0.5],
    ] as const) {
      world.serve(second, 1, { group: green, targetStatus: 200, targetResponseTime: time });
    }
    await world.clock.advance(10_000);

    expect(
      await points([
        query("slow", "TargetResponseTime", green, 1, "TC(0.2:)"),
        query("all", "TargetResponseTime", green, 1, "SampleCount"),
        query("p50", "TargetResponseTime", green, 10, "p50"),
      ]),
    ).toEqual({
      slow: [
        [0, 1],
        [1, 0],
        [3, 1],
      ],
      all: [
        [0, 2],
        [1, 1],
        [3, 1],
      ],
      p50: [[0, 0.2]],
    });
  });

  it("shows the newest minute partial, and data only after the publication lag", async () => {
    world.cloudwatch.setLag(30_000);
    world.serve(10, 5, { group: blue });
    world.serve(50, 5, { group: blue });

    await world.clock.advance(30_000);
    expect(await points([query("n", "RequestCount", blue)])).toEqual({ n: [] });
    await world.clock.advance(20_000);
    expect(await points([query("n", "RequestCount", blue)])).toEqual({ n: [[0, 5]] });
    await world.clock.advance(30_000);
    expect(await points([query("n", "RequestCount", blue)])).toEqual({ n: [[0, 10]] });
  });

  it("keeps three hours and forgets what is older", async () => {
    const threeHours = 3 * 60 * 60;
    world.serve(0, 1, { group: blue });
    world.serve(60, 1, { group: blue });
    world.serve(30 + threeHours, 1, { group: blue });
    await world.clock.advance((threeHours + 60) * 1000);

    const EndTime = new Date(world.start + (threeHours + 60) * 1000);
    expect(await points([query("n", "RequestCount", blue)], { EndTime })).toEqual({
      n: [
        [60, 1],
        [threeHours, 1],
      ],
    });
  });

  it("has gaps where metrics are suppressed, until they are released", async () => {
    for (const second of [0, 60, 120]) world.serve(second, 1, { group: green });
    await world.clock.advance(300_000);
    const release = world.cloudwatch.suppress(({ dimensions }) => dimensions.get("TargetGroup") === green, {
      from: world.start + 60_000,
      to: world.start + 120_000,
    });

    expect(await points([query("g", "RequestCount", green), query("all", "RequestCount")])).toEqual({
      g: [
        [0, 1],
        [120, 1],
      ],
      all: [
        [0, 1],
        [60, 1],
        [120, 1],
      ],
    });
    release();
    expect((await points([query("g", "RequestCount", green)]))["g"]).toHaveLength(3);
  });

  it("reports hosts per group once a minute, and not at all while there are none", async () => {
    const counts = { targetGroupArn: arnOf(blue), loadBalancerArns: [loadBalancerArn] };
    world.telemetry.onHostCounts({ at: world.start + 60_000, ...counts, healthy: 2, unhealthy: 0 });
    world.telemetry.onHostCounts({ at: world.start + 130_000, ...counts, healthy: 1, unhealthy: 1 });
    await world.clock.advance(179_000);

    expect(
      await points([
        query("well", "HealthyHostCount", blue, 60, "Minimum"),
        query("ill", "UnHealthyHostCount", blue, 60, "Maximum"),
        query("anywhere", "HealthyHostCount", undefined, 60, "Maximum"),
      ]),
    ).toEqual({
      well: [
        [60, 2],
        [120, 1],
      ],
      ill: [
        [60, 0],
        [120, 1],
      ],
      anywhere: [],
    });
  });

  it("hands out pages of datapoints that together are the whole answer, newest first unless told", async () => {
    for (let minute = 0; minute < 5; minute += 1) world.serve(minute * 60, minute + 1, { group: blue });
    await world.clock.advance(600_000);
    const queries = [query("a", "RequestCount", blue), query("b", "RequestCount")];
    const more = { MaxDatapoints: "3", ScanBy: undefined };

    const collected: unknown[] = [];
    let token: unknown;
    let calls = 0;
    do {
      const answer = await ask(queries, { ...more, NextToken: token });
      const { MetricDataResults: results } = answer;
      if (!Array.isArray(results)) throw new Error("no results");
      for (const result of results) collected.push([result.Id, ...result.Values, result.StatusCode]);
      token = answer["NextToken"];
      calls += 1;
    } while (token !== undefined);
    expect(calls).toBe(4);
    expect(collected).toEqual([
      ["a", 5, 4, 3, "PartialData"],
      ["a", 2, 1, "Complete"],
      ["b", 5, "PartialData"],
      ["b", 4, 3, 2, "PartialData"],
      ["b", 1, "Complete"],
    ]);
  });

  it("computes with metrics: missing values drop out, FILL puts them in, SUM passes over them", async () => {
    world.serve(0, 10, { group: blue, targetStatus: 200 });
    world.serve(1, 2, { group: blue, targetStatus: 500 });
    world.serve(60, 10, { group: blue, targetStatus: 200 });
    await world.clock.advance(120_000);
    const hidden = { ReturnData: false };
    const window = { EndTime: new Date(world.start + 180_000) };

    expect(
      await points(
        [
          { ...query("n", "RequestCount", blue), ...hidden },
          { ...query("e", "HTTPCode_Target_5XX_Count", blue), ...hidden },
          { Id: "rate", Expression: "100 * e / n" },
          { Id: "filled", Expression: "FILL(e, 0) / n * 100" },
          { Id: "total", Expression: "SUM([n, e])" },
          { Id: "every", Expression: "SUM(METRICS()) - -2^2" },
          { Id: "held", Expression: "FILL(e, REPEAT)" },
        ],
        window,
      ),
    ).toEqual({
      rate: [[0, expect.closeTo(200 / 12)]],
      filled: [
        [0, expect.closeTo(200 / 12)],
        [60, 0],
      ],
      total: [
        [0, 14],
        [60, 10],
      ],
      every: [
        [0, 18],
        [60, 14],
      ],
      held: [
        [0, 2],
        [60, 2],
        [120, 2],
      ],
    });
  });

  it("takes timestamps as dates, epoch seconds or text", async () => {
    world.serve(0, 1, { group: blue });
    const seconds = world.start / 1000;
    const ends = [
      { StartTime: seconds, EndTime: seconds + 60 },
      { StartTime: new Date(world.start).toISOString(), EndTime: "2026-01-01T12:01:00Z" },
    ];
    for (const range of ends)
      expect(await points([query("n", "RequestCount", blue)], range)).toEqual({ n: [[0, 1]] });
  });

  it("refuses requests the service refuses, naming the value", async () => {
    const refuse = (queries: readonly object[], more: object = {}) =>
      refusal(world.cloudwatch, "GetMetricData", {
        MetricDataQueries: queries,
        StartTime: new Date(world.start),
        EndTime: new Date(world.start + 60_000),
        ...more,
      });

    expect(await refuse([query("n", "RequestCount", blue, 7)])).toMatch(/^ValidationError: .*Period 7/);
    expect(await refuse([query("N", "RequestCount")])).toMatch(/value N for parameter id/);
    expect(await refuse([query("n", "A"), query("n", "B")])).toMatch(/not unique/);
    expect(await refuse([query("n", "A")], { EndTime: new Date(world.start) })).toMatch(
      /StartTime must be less/,
    );
    expect(await refuse([{ Id: "x", Expression: "missing + 1" }])).toMatch(/Unknown identifier 'missing'/);
    expect(await refuse([{ Id: "x", Expression: "1 +" }])).toMatch(/Unexpected end/);
    expect(await refuse([{ Id: "x", Expression: "x + 1" }])).toMatch(/refers to itself/);
    expect(await refuse([query("n", "A")], { NextToken: "nonsense" })).toMatch(
      /^InvalidNextToken: .*'nonsense'/,
    );
  });

  it("lists the metrics that have data, with the dimensions they exist under", async () => {
    world.serve(0, 1, { group: blue, status: 502, targetConnectionError: true });

    const { Metrics } = await call(world.cloudwatch, "ListMetrics", { MetricName: "HTTPCode_ELB_5XX_Count" });
    expect(Metrics).toEqual([
      {
        Namespace: "AWS/ApplicationELB",
        MetricName: "HTTPCode_ELB_5XX_Count",
        Dimensions: [{ Name: "LoadBalancer", Value: loadBalancer }],
      },
    ]);
    const byGroup = await call(world.cloudwatch, "ListMetrics", {
      Dimensions: [{ Name: "TargetGroup", Value: blue }],
    });
    expect(byGroup["Metrics"]).toMatchObject([
      { MetricName: "RequestCount" },
      { MetricName: "TargetConnectionErrorCount" },
    ]);
  });

  it("keeps custom metrics, with values and counts or as statistic sets", async () => {
    await call(world.cloudwatch, "PutMetricData", {
      Namespace: "Shop",
      MetricData: [
        { MetricName: "Basket", Values: [1, 2], Counts: ["3", "1"], Timestamp: new Date(world.start) },
        {
          MetricName: "Basket",
          StatisticValues: { SampleCount: 2, Sum: 20, Minimum: 5, Maximum: 15 },
          Timestamp: world.start / 1000,
        },
      ],
    });

    const answer = await call(world.cloudwatch, "GetMetricStatistics", {
      Namespace: "Shop",
      MetricName: "Basket",
      StartTime: new Date(world.start),
      EndTime: new Date(world.start + 60_000),
      Period: "60",
      Statistics: ["Sum", "SampleCount", "Maximum"],
    });
    expect(answer["Datapoints"]).toEqual([
      { Timestamp: new Date(world.start), Sum: 25, SampleCount: 6, Maximum: 15, Unit: "None" },
    ]);
    expect(
      await refusal(world.cloudwatch, "PutMetricData", { Namespace: "AWS/Shop", MetricData: [] }),
    ).toMatch(/^InvalidParameterValue: .*AWS\/Shop/);
  });
});
