import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { type ManualClock, manualClock } from "#ship/kit";
import type { ProbeAnswer } from "#ship/simulators";
import { call, refusal } from "../calls.ts";
import { shop } from "./shop.ts";

describe("target health of the simulated load balancer", () => {
  const endpoint = { host: "10.0.0.7", port: 8080 };
  let clock: ManualClock;
  let world: Awaited<ReturnType<typeof shop>>;
  let answer: ProbeAnswer;
  let probed: number;

  beforeEach(async () => {
    clock = manualClock();
    answer = { kind: "status", status: 200 };
    probed = 0;
    world = await shop({
      clock,
      probe: async () => {
        probed += 1;
        return answer;
      },
    });
  });
  afterEach(() => world.elbv2.close());

  const health = async (arn: string) => {
    const [found] = world.elbv2.health(arn);
    return found && `${found.state} ${found.reason ?? ""}`.trim();
  };

  it("goes from initial to healthy with the first good answer", async () => {
    world.elbv2.register(world.blue, endpoint);

    expect(await health(world.blue)).toBe("initial Elb.RegistrationInProgress");
    await clock.advance(0);
    expect(await health(world.blue)).toBe("healthy");
  });

  it("turns unhealthy and back only after the thresholds of consecutive answers", async () => {
    world.elbv2.register(world.blue, endpoint);
    await clock.advance(0);
    answer = { kind: "status", status: 503 };

    await clock.advance(30_000);
    expect(await health(world.blue)).toBe("healthy");
    await clock.advance(30_000);
    expect(world.elbv2.health(world.blue)).toEqual([
      {
        endpoint,
        state: "unhealthy",
        reason: "Target.ResponseCodeMismatch",
        description: "Health checks failed with these codes: [503]",
      },
    ]);
    answer = { kind: "status", status: 200 };
    await clock.advance(4 * 30_000);
    expect(await health(world.blue)).toBe("unhealthy Target.ResponseCodeMismatch");
    await clock.advance(30_000);
    expect(await health(world.blue)).toBe("healthy");
  });

  it.each([
    [{ kind: "timeout" } as const, "unhealthy Target.Timeout"],
    [{ kind: "connection failed" } as const, "unhealthy Target.FailedHealthChecks"],
  ])("names the reason of %j", async (failure, expected) => {
    answer = failure;
    world.elbv2.register(world.blue, endpoint);
    await clock.advance(30_000);
    expect(await health(world.blue)).toBe(expected);
  });

  it("is unused and unchecked while the group is on no rule, and is checked as soon as it is at weight 0", async () => {
    world.elbv2.register(world.green, endpoint);
    await clock.advance(120_000);
    expect(await health(world.green)).toBe("unused Target.NotInUse");
    expect(probed).toBe(0);

    world.elbv2.setRuleWeights(
      world.listener.arn,
      new Map([
        [world.blue, 1],
        [world.green, 0],
      ]),
    );
    await clock.advance(0);
    expect(await health(world.green)).toBe("healthy");
  });

  it("drains for the deregistration delay and then is gone", async () => {
    const { elbv2, blue } = world;
    await call(elbv2, "ModifyTargetGroupAttributes", {
      TargetGroupArn: blue,
      Attributes: [{ Key: "deregistration_delay.timeout_seconds", Value: "20" }],
    });
    elbv2.register(blue, endpoint);
    await clock.advance(0);

    await call(elbv2, "DeregisterTargets", {
      TargetGroupArn: blue,
      Targets: [{ Id: "10.0.0.7", Port: "8080" }],
    });
    await clock.advance(19_999);
    expect(await health(blue)).toBe("draining Target.DeregistrationInProgress");
    await clock.advance(1);
    expect(elbv2.health(blue)).toEqual([]);
  });

  it("checks and drains faster when a second is made shorter", async () => {
    await world.elbv2.close();
    world = await shop({ clock, second: 10, probe: async () => answer });
    answer = { kind: "timeout" };
    world.elbv2.register(world.blue, endpoint);
    await clock.advance(30 * 10);
    expect(await health(world.blue)).toBe("unhealthy Target.Timeout");

    world.elbv2.deregister(world.blue, endpoint);
    await clock.advance(300 * 10);
    expect(world.elbv2.health(world.blue)).toEqual([]);
  });

  it("answers DescribeTargetHealth also for targets nobody registered", async () => {
    const { elbv2, blue } = world;
    elbv2.register(blue, endpoint);
    await clock.advance(0);

    const answered = await call(elbv2, "DescribeTargetHealth", {
      TargetGroupArn: blue,
      Targets: [
        { Id: "10.0.0.7", Port: "8080" },
        { Id: "10.9.9.9", Port: "1" },
      ],
    });
    expect(answered["TargetHealthDescriptions"]).toMatchObject([
      { Target: { Id: "10.0.0.7", Port: 8080 }, HealthCheckPort: "8080", TargetHealth: { State: "healthy" } },
      { Target: { Id: "10.9.9.9" }, TargetHealth: { State: "unused", Reason: "Target.NotRegistered" } },
    ]);
  });

  it("refuses settings that do not fit together", async () => {
    const { elbv2, blue } = world;
    const modify = (change: object) =>
      refusal(elbv2, "ModifyTargetGroup", { TargetGroupArn: blue, ...change });

    expect(await modify({ HealthCheckIntervalSeconds: "5", HealthCheckTimeoutSeconds: "5" })).toMatch(
      /timeout '5' must be smaller/,
    );
    expect(await modify({ HealthCheckIntervalSeconds: "4" })).toMatch(/^ValidationError: .*5 to 300/);
    expect(await modify({ Matcher: { HttpCode: "ok" } })).toMatch(/matcher HTTP code 'ok'/);
    expect(
      await refusal(elbv2, "ModifyTargetGroupAttributes", {
        TargetGroupArn: blue,
        Attributes: [{ Key: "slow_start.duration_seconds", Value: "10" }],
      }),
    ).toMatch(/30 to 900 seconds, or 0/);
  });
});
