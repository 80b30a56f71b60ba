import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { openAlbMetrics } from "#ship/aws";
import type { JsonObject } from "#ship/simulators";
import { settled } from "../../settled.ts";
import { arnOf, blue, green, loadBalancer, traffic } from "../../simulators/cloudwatch/traffic.ts";
import { served } from "../../simulators/served.ts";
import { testSession } from "../session.ts";

const second = 1_000;
let world: ReturnType<typeof traffic>;
let front: Awaited<ReturnType<typeof served>> | undefined;
beforeEach(async () => {
  world = traffic();
  world.serve(5, 90, { group: blue, targetStatus: 200, targetResponseTime: 0.1 });
  world.serve(6, 40, { group: green, targetStatus: 200, targetResponseTime: 0.1 });
  world.serve(7, 10, { group: green, targetStatus: 503, targetResponseTime: 0.1 });
  world.serve(70, 30, { group: green, targetStatus: 200, targetResponseTime: 0.1 });
  await world.clock.advance(120 * second);
});
afterEach(async () => {
  await front?.close();
  front = undefined;
});

/** Metrics from an account whose CloudWatch answers what `alter` makes of every answer. */
async function open(alter: (answer: JsonObject, call: number) => JsonObject) {
  const { handlers } = world.cloudwatch;
  const real = handlers["GetMetricData"];
  let call = 0;
  front = await served({
    ...world.cloudwatch,
    handlers: {
      ...handlers,
      async GetMetricData(input, caller) {
        call += 1;
        const { NextToken: _ours, ...question } = input;
        return alter((await real?.(question, caller)) as JsonObject, call);
      },
    },
  });
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
      period: 60 * second,
      lag: 0,
    },
    new AbortController().signal,
  );
  const asked = { from: world.start, to: world.clock.now(), edges: [], expectedShare: () => 0.5 };
  return () => settled(metrics).bins(asked);
}

const resultsOf = (answer: JsonObject) => (answer["MetricDataResults"] ?? []) as JsonObject[];
const each = (answer: JsonObject, change: (result: JsonObject) => JsonObject): JsonObject => ({
  ...answer,
  MetricDataResults: resultsOf(answer).map(change),
});
const truth = [{ canary: { requests: 50, errors: 10 } }, { canary: { requests: 30, errors: 0 } }];

describe("metrics that come in another shape", () => {
  it("are the same newest first, without labels or states, and with an empty token at the end", async () => {
    const bins = await open((answer) => ({
      ...each(answer, ({ Id, Timestamps = [], Values = [] }) => ({
        Id,
        Timestamps: (Timestamps as unknown[]).toReversed(),
        Values: (Values as unknown[]).toReversed(),
      })),
      NextToken: "",
    }));
    expect(await bins()).toMatchObject(truth);
  });

  it("are the same one series a page", async () => {
    let all: JsonObject[] = [];
    const bins = await open((answer, call) => {
      if (call === 1) all = resultsOf(answer);
      return {
        MetricDataResults: all.slice(call - 1, call),
        ...(call < all.length ? { NextToken: String(call) } : {}),
      };
    });
    expect(await bins()).toMatchObject(truth);
  });

  it("are the same when a first page holds them in part and the next one ends them", async () => {
    const bins = await open((answer, call) =>
      call === 1
        ? {
            ...each(answer, ({ Id, Timestamps, Values }) => ({
              Id,
              Timestamps: (Timestamps as unknown[]).slice(0, 1),
              Values: (Values as unknown[]).slice(0, 1),
              StatusCode: "PartialData",
            })),
            NextToken: "more",
          }
        : answer,
    );
    expect(await bins()).toMatchObject(truth);
  });
});

describe("metrics that are not the whole truth", () => {
  const errorsWith = (StatusCode: string) => (answer: JsonObject) =>
    each(answer, (result) =>
      String(result["Id"]).endsWith("answered5xx")
        ? { ...result, Timestamps: [], Values: [], StatusCode }
        : result,
    );

  it.each([["InternalError"], ["PartialData"]])(
    "never make a release look free of errors: %s is an outage",
    async (state) => {
      const bins = await open(errorsWith(state));
      await expect(bins()).rejects.toMatchObject({
        code: "SERVICE_UNAVAILABLE",
        message: expect.stringContaining(state),
      });
    },
  );

  it("name the permission where one is forbidden", async () => {
    const bins = await open(errorsWith("Forbidden"));
    await expect(bins()).rejects.toMatchObject({
      code: "ACCESS_DENIED",
      message: expect.stringContaining("cloudwatch:GetMetricData"),
    });
  });
});
