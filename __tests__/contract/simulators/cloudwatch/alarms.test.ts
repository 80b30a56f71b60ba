import { describe, expect, it } from "@jest/globals";
import { evaluateAlarm } from "../../../../packages/simulators/src/cloudwatch/alarm-evaluation.ts";
import { call, refusal } from "../calls.ts";
import { green, loadBalancer, traffic } from "./traffic.ts";

const errorsAlarm = {
  AlarmName: "shop-5xx",
  Namespace: "AWS/ApplicationELB",
  MetricName: "HTTPCode_Target_5XX_Count",
  Dimensions: [
    { Name: "LoadBalancer", Value: loadBalancer },
    { Name: "TargetGroup", Value: green },
  ],
  Statistic: "Sum",
  Period: "60",
  EvaluationPeriods: "3",
  DatapointsToAlarm: "2",
  Threshold: "5",
  ComparisonOperator: "GreaterThanOrEqualToThreshold",
  TreatMissingData: "notBreaching",
};
const errors = { group: green, status: 500, targetStatus: 500 };

describe("alarms of the simulated CloudWatch", () => {
  it("go off when enough of the last periods breach, and recover when they no longer do", async () => {
    const { clock, cloudwatch, serve } = traffic();
    await call(cloudwatch, "PutMetricAlarm", errorsAlarm);
    expect(cloudwatch.state("shop-5xx")).toBe("INSUFFICIENT_DATA");

    await clock.advance(60_000);
    expect(cloudwatch.state("shop-5xx")).toBe("OK");
    serve(70, 9, errors);
    serve(130, 5, errors);
    await clock.advance(60_000);
    expect(cloudwatch.state("shop-5xx")).toBe("OK");
    await clock.advance(60_000);
    expect(cloudwatch.state("shop-5xx")).toBe("ALARM");
    await clock.advance(240_000);
    expect(cloudwatch.state("shop-5xx")).toBe("OK");
  });

  it("remember when a state began, though nobody looked at that time", async () => {
    const { clock, cloudwatch, serve, start } = traffic();
    await call(cloudwatch, "PutMetricAlarm", errorsAlarm);
    serve(10, 9, errors);
    serve(70, 9, errors);
    await clock.advance(170_000);

    const { MetricAlarms } = await call(cloudwatch, "DescribeAlarms", { AlarmNames: ["shop-5xx"] });
    expect(MetricAlarms).toMatchObject([
      {
        AlarmArn: "arn:aws:cloudwatch:eu-central-1:123456789012:alarm:shop-5xx",
        StateValue: "ALARM",
        StateUpdatedTimestamp: new Date(start + 120_000),
        Statistic: "Sum",
        Threshold: 5,
      },
    ]);
  });

  it("can be set by hand until the next evaluation", async () => {
    const { clock, cloudwatch } = traffic();
    await call(cloudwatch, "PutMetricAlarm", errorsAlarm);
    await clock.advance(61_000);
    await call(cloudwatch, "SetAlarmState", {
      AlarmName: "shop-5xx",
      StateValue: "ALARM",
      StateReason: "drill",
    });

    await clock.advance(30_000);
    expect(cloudwatch.state("shop-5xx")).toBe("ALARM");
    await clock.advance(30_000);
    expect(cloudwatch.state("shop-5xx")).toBe("OK");
    expect(
      await refusal(cloudwatch, "SetAlarmState", { AlarmName: "no", StateValue: "OK", StateReason: "" }),
    ).toMatch(/parameter StateReason is required/);
    expect(await refusal(cloudwatch, "DeleteAlarms", { AlarmNames: ["no"] })).toBe(
      "ResourceNotFound: Unknown alarm 'no'",
    );
  });

  it("watch a computed rate", async () => {
    const { clock, cloudwatch, serve } = traffic();
    const { MetricName, Namespace, Dimensions, Statistic, Period, ...rest } = errorsAlarm;
    const stat = (name: string) => ({
      Metric: { Namespace, MetricName: name, Dimensions },
      Stat: Statistic,
      Period,
    });
    await call(cloudwatch, "PutMetricAlarm", {
      ...rest,
      EvaluationPeriods: 1,
      DatapointsToAlarm: 1,
      Metrics: [
        { Id: "e", MetricStat: stat(MetricName), ReturnData: "false" },
        { Id: "n", MetricStat: stat("RequestCount"), ReturnData: "false" },
        { Id: "rate", Expression: "100 * e / n" },
      ],
    });
    serve(10, 1, errors);
    serve(20, 10, { group: green, targetStatus: 200 });
    await clock.advance(60_000);

    expect(cloudwatch.state("shop-5xx")).toBe("ALARM");
  });

  it("do not exist under other names", () => {
    expect(traffic().cloudwatch.state("nobody")).toBeUndefined();
  });

  it.each([
    ["0 - X - X", 3, "OK", "OK", "OK", "OK"],
    ["0 - - - -", 3, "OK", "OK", "OK", "OK"],
    ["- - - - -", 3, "INSUFFICIENT_DATA", "same", "ALARM", "OK"],
    ["0 X X - X", 3, "ALARM", "ALARM", "ALARM", "ALARM"],
    ["- - X - -", 3, "ALARM", "same", "ALARM", "OK"],
    ["0 - X - X", 2, "ALARM", "ALARM", "ALARM", "ALARM"],
    ["0 0 X 0 X", 2, "ALARM", "ALARM", "ALARM", "ALARM"],
    ["0 - X - -", 2, "OK", "OK", "ALARM", "OK"],
    ["- - - - 0", 2, "OK", "OK", "ALARM", "OK"],
    ["- - - X -", 2, "ALARM", "same", "ALARM", "OK"],
  ] as const)(
    "treat %s with %d of 3 as the documentation's table says",
    (points, datapointsToAlarm, ...expected) => {
      const range = points
        .split(" ")
        .map((point) => (point === "X" ? "breaching" : point === "0" ? "fine" : "missing"));
      const policies = ["missing", "ignore", "breaching", "notBreaching"] as const;
      for (const current of ["OK", "ALARM"] as const) {
        expect(
          policies.map((missing) =>
            evaluateAlarm(range, { evaluationPeriods: 3, datapointsToAlarm, missing }, current),
          ),
        ).toEqual(expected.map((state) => (state === "same" ? current : state)));
      }
    },
  );
});
