import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  GetMetricDataCommand,
  GetMetricStatisticsCommand,
  ListMetricsCommand,
  PutMetricAlarmCommand,
  PutMetricDataCommand,
  SetAlarmStateCommand,
} from "@aws-sdk/client-cloudwatch";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { served } from "../served.ts";
import { blue, query, traffic } from "./traffic.ts";

describe("the simulated CloudWatch through the AWS SDK", () => {
  let world: ReturnType<typeof traffic>;
  let front: Awaited<ReturnType<typeof served>>;
  let client: CloudWatchClient;

  beforeEach(async () => {
    world = traffic();
    front = await served(world.cloudwatch);
    client = new CloudWatchClient(front.client);
  });
  afterEach(async () => {
    client.destroy();
    await front.close();
  });

  it("answers metric data, statistics and lists in the forms of the official model", async () => {
    world.serve(0, 3, { group: blue, targetStatus: 200, targetResponseTime: 0.25 });
    await world.clock.advance(60_000);
    const range = { StartTime: new Date(world.start), EndTime: new Date(world.start + 60_000) };

    const data = await client.send(
      new GetMetricDataCommand({
        ...range,
        MetricDataQueries: [
          query("n", "RequestCount", blue, 1),
          query("rank", "TargetResponseTime", blue, 60, "PR(:0.3)"),
        ],
      }),
    );
    expect(data.MetricDataResults).toMatchObject([
      { Id: "n", Label: "RequestCount", Timestamps: [range.StartTime], Values: [3], StatusCode: "Complete" },
      { Id: "rank", Values: [100] },
    ]);
    const { Metric } = query("n", "TargetResponseTime", blue).MetricStat;
    const statistics = await client.send(
      new GetMetricStatisticsCommand({
        ...range,
        ...Metric,
        Period: 60,
        Statistics: ["Average"],
        ExtendedStatistics: ["p99"],
      }),
    );
    expect(statistics.Datapoints).toMatchObject([
      { Average: 0.25, ExtendedStatistics: { p99: 0.25 }, Unit: "Seconds" },
    ]);
    const listed = await client.send(new ListMetricsCommand({ Namespace: "AWS/ApplicationELB" }));
    expect(listed.Metrics).toHaveLength(6);
    expect(front.violations).toEqual([]);
  });

  it("takes custom metrics and alarms, and answers alarms back", async () => {
    await client.send(
      new PutMetricDataCommand({
        Namespace: "Shop",
        MetricData: [{ MetricName: "Basket", Value: 7, Timestamp: new Date(world.start) }],
      }),
    );
    await client.send(
      new PutMetricAlarmCommand({
        AlarmName: "baskets",
        Namespace: "Shop",
        MetricName: "Basket",
        ExtendedStatistic: "p50",
        Period: 60,
        EvaluationPeriods: 1,
        Threshold: 5,
        ComparisonOperator: "GreaterThanThreshold",
      }),
    );
    await world.clock.advance(60_000);

    const described = await client.send(new DescribeAlarmsCommand({ AlarmNamePrefix: "bask" }));
    expect(described.MetricAlarms).toMatchObject([
      { AlarmName: "baskets", StateValue: "ALARM", ExtendedStatistic: "p50" },
    ]);
    await expect(
      client.send(new SetAlarmStateCommand({ AlarmName: "none", StateValue: "OK", StateReason: "test" })),
    ).rejects.toMatchObject({ message: "Unknown alarm 'none'", $metadata: { httpStatusCode: 404 } });
    expect(front.violations).toEqual([]);
  });
});
