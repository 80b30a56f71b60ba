import type { ServerResponse } from "node:http";
import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { systemClock } from "#ship/kit";
import { createCloudWatch, createLoadBalancerTelemetry, metricDimension } from "#ship/simulators";
import { eventually } from "../../../support/eventually.ts";
import { call } from "../calls.ts";
import { shop, weighted } from "../elbv2/shop.ts";
import { type RunningTarget, startTarget } from "../proxy/targets.ts";

let targets: RunningTarget[];

beforeEach(async () => {
  const failing = (_: unknown, response: ServerResponse) => response.writeHead(500).end();
  targets = [await startTarget("blue"), await startTarget("green", failing)];
});
afterEach(() => Promise.all(targets.map((target) => target.close())));

it("metrics are computed from the requests that really went through the load balancer", async () => {
  const telemetry = createLoadBalancerTelemetry();
  const cloudwatch = createCloudWatch({
    clock: systemClock,
    region: "eu-central-1",
    accountId: "123456789012",
    telemetry,
  });
  let turn = 0;
  const world = await shop({
    clock: systemClock,
    onRequest: telemetry.onRequest,
    onHostCounts: telemetry.onHostCounts,
    random: () => {
      turn += 1;
      return (turn % 20) / 20;
    },
  });
  try {
    const [blue, green] = targets;
    if (blue) world.elbv2.register(world.blue, blue);
    if (green) world.elbv2.register(world.green, green);
    await call(world.elbv2, "ModifyListener", {
      ListenerArn: world.listener.arn,
      DefaultActions: [weighted([world.blue, 95], [world.green, 5])],
    });
    const endpoint = world.elbv2.endpoint(world.listener.arn);
    const answers: number[] = [];
    for (let sent = 0; sent < 40; sent += 1) {
      const response = await fetch(
        `http://${endpoint?.host}:${endpoint?.port}${sent % 2 === 0 ? "/orders" : "/"}`,
      );
      await response.arrayBuffer();
      answers.push(response.status);
    }

    const total = async (name: string, group: string, stat = "Sum") => {
      const answer = await call(cloudwatch, "GetMetricStatistics", {
        Namespace: "AWS/ApplicationELB",
        MetricName: name,
        Dimensions: [
          { Name: "LoadBalancer", Value: metricDimension(world.balancer.arn) },
          { Name: "TargetGroup", Value: metricDimension(group) },
        ],
        StartTime: new Date(Date.now() - 120_000),
        EndTime: new Date(Date.now() + 60_000),
        Period: 60,
        Statistics: [stat],
      });
      if (!Array.isArray(answer["Datapoints"])) throw new Error("no datapoints");
      return answer["Datapoints"].reduce(
        (sum: number, point: { [stat: string]: number }) => sum + (point[stat] ?? 0),
        0,
      );
    };
    await eventually(
      "all records",
      async () =>
        (await total("RequestCount", world.blue)) + (await total("RequestCount", world.green)) === 40,
    );
    expect([await total("RequestCount", world.blue), await total("RequestCount", world.green)]).toEqual([
      38, 2,
    ]);
    const failed = answers.filter((status) => status === 500).length;
    expect(failed).toBe(2);
    expect(await total("HTTPCode_Target_5XX_Count", world.green)).toBe(failed);
    expect(await total("HTTPCode_Target_5XX_Count", world.blue)).toBe(0);
    expect(await total("TargetResponseTime", world.green, "SampleCount")).toBe(2);
  } finally {
    await world.elbv2.close();
  }
});
