import { beforeEach, describe, expect, it } from "@jest/globals";
import type { JsonObject } from "#ship/simulators";
import { errorsAlarm } from "../support/deployment-group.ts";
import { eventually } from "../support/eventually.ts";
import { otherEndpoint } from "../support/other-endpoint.ts";
import { deployWorld, type Inputs, serviceOf } from "./deploy-world.ts";

const world = deployWorld({
  services: [serviceOf("shop-blue", "blue"), serviceOf("shop-green", "green", 0)],
});
const update = (members: JsonObject) => world.ecs("UpdateService", { service: "shop-blue", ...members });
/** Somebody else's doing, once our release is under way. */
function meanwhile(doing: () => Promise<unknown>): void {
  const unfollow = world.aws.calls.follow(({ action }) => {
    if (action !== "DescribeServiceDeployments") return;
    unfollow();
    void doing();
  });
}

describe("a deploy-ecs bundle whose revision does not come to serve", () => {
  it("is rolled back by the circuit breaker of the service", async () => {
    world.runtime.script("shop:2", { does: "exits", afterMs: 5, code: 3 });
    const { outputs, errors, exitCode, summary } = await world.deploy({ "circuit-breaker": "true" });
    expect(exitCode).toBe(1);
    expect(outputs["result"]).toBe("rolled-back");
    expect(errors[0]).toMatch(/^DEPLOYMENT_ROLLED_BACK: .*exit code 3.*shop:1 serves again/);
    expect(summary).toContain("exit code 3");
  });

  it("is rolled back by an alarm, which is named", async () => {
    await world.aws.call("cloudwatch", "PutMetricAlarm", errorsAlarm);
    const alarm = (StateValue: string) =>
      world.aws.call("cloudwatch", "SetAlarmState", { AlarmName: "errors", StateValue, StateReason: "test" });
    await alarm("OK");
    meanwhile(() => alarm("ALARM"));
    const { outputs, errors, summary } = await world.deploy({ alarms: "errors" });
    expect(outputs["result"]).toBe("rolled-back");
    expect(errors[0]).toMatch(/^DEPLOYMENT_ROLLED_BACK: .*Alarms: errors\./);
    expect(summary).toContain("Alarms: errors");
  });

  it("is rolled back by somebody, who is not disturbed", async () => {
    meanwhile(async () => {
      const { serviceDeploymentArn = "" } = await world.newestDeployment();
      await world.ecs("StopServiceDeployment", { serviceDeploymentArn, stopType: "ROLLBACK" });
    });
    const { outputs } = await world.deploy();
    expect(outputs["result"]).toBe("rolled-back");
  });

  it("is superseded, and leaves the other deployment alone", async () => {
    await world.deploy({ service: "", image: "shop:3" });
    meanwhile(() => update({ taskDefinition: "shop:2" }));
    const { outputs, errors } = await world.deploy({ image: "shop:4" });
    expect(outputs["result"]).toBe("failed");
    expect(errors[0]).toMatch(/^DEPLOYMENT_SUPERSEDED: The deployment of shop:3 was superseded/);
    expect(world.sent("StopServiceDeployment")).toEqual([]);
  });

  it("fails at the first pull of an image that does not exist", async () => {
    world.runtime.script("shop:2", { does: "pull-failure" });
    const { outputs, errors } = await world.deploy();
    expect(outputs["result"]).toBe("rolled-back");
    expect(errors[0]).toMatch(/CannotPullContainerError/);
  });

  it("is no success where service deployments are denied, which is said", async () => {
    world.runtime.script("shop:2", { does: "exits", afterMs: 5, code: 3 });
    for (const action of ["ListServiceDeployments", "DescribeServiceDeployments", "StopServiceDeployment"])
      world.aws.faults.add({ action, fault: { kind: "denied" } });
    const { outputs, stdout } = await world.deploy();
    expect(outputs["result"]).toBe("rolled-back");
    expect(stdout).toMatch(/::warning::Service deployments cannot be read .*judged by rollout states/);
  });
});

describe("what a deploy-ecs bundle says of a release", () => {
  it("is the plan in a dry run, which writes nothing and shows no secret", async () => {
    const before = world.writes().length;
    const { outputs, summary, stdout, errors } = await world.deploy({
      "dry-run": "true",
      secrets: "TOKEN=arn:aws:ssm:eu-central-1:123456789012:parameter/hidden-token",
      "environment-variables": "MODE=hidden-mode",
      "desired-count": "3",
    });
    expect(errors).toEqual([]);
    expect(outputs["result"]).toBe("planned");
    expect(world.writes()).toHaveLength(before);
    expect(summary).toMatch(/shop:2/);
    expect(summary).toMatch(/TOKEN/);
    expect(summary).toMatch(/desiredCount/);
    expect(summary + stdout).not.toMatch(/hidden-token|hidden-mode/);
  });

  it("is that nothing runs when the desired count is 0", async () => {
    const { outputs, summary, stdout } = await world.deploy({ "desired-count": "0" });
    expect(outputs["result"]).toBe("deployed");
    expect(summary).toContain("nothing runs");
    expect(stdout).toContain("nothing runs: the desired count is 0");
  });

  it("is deployed when a definition that serves is deployed by force", async () => {
    const { outputs } = await world.deploy({ image: "shop:1", "force-new-deployment": "true" });
    expect(outputs["result"]).toBe("deployed");
    expect(world.sent("UpdateService").map((input) => input["forceNewDeployment"])).toEqual([true]);
    expect(world.sent("RegisterTaskDefinition").length).toBe(0);
  });

  it("is a refusal with a hint where another controller deploys", async () => {
    const external = JSON.stringify({ type: "EXTERNAL" });
    const front = await otherEndpoint(
      String(world.aws.environment()["AWS_ENDPOINT_URL"]),
      (action, answer) =>
        action === "DescribeServices"
          ? {
              ...answer,
              body: answer.body.replaceAll(
                '"serviceArn":',
                `"deploymentController":${external},"serviceArn":`,
              ),
            }
          : undefined,
    );
    const before = world.writes().length;
    try {
      const { errors, exitCode } = await world.deploy({}, { environment: { AWS_ENDPOINT_URL: front.url } });
      expect(exitCode).toBe(1);
      expect(errors[0]).toMatch(/^INPUT_INVALID: .*deployment controller EXTERNAL.* — Change the service's/);
      expect(world.writes()).toHaveLength(before);
    } finally {
      await front.close();
    }
  });
});

describe("a deploy-ecs bundle with a pair of services", () => {
  const staged = async (inputs: Inputs = {}) =>
    world.deploy({
      service: "",
      strategy: "paired",
      services: "shop-blue,\n shop-green",
      "listener-rule-arn": await world.rule(),
      ...inputs,
    });

  it("stages the candidate on the idle one, with zero weight", async () => {
    const { outputs, errors } = await staged();
    expect(errors).toEqual([]);
    expect(outputs).toMatchObject({ result: "deployed", candidate: "shop-green", stable: "shop-blue" });
    const weights = world.aws.elbv2.ruleWeights(await world.rule());
    expect([...(weights?.values() ?? [])]).toEqual([100, 0]);
    expect((await staged()).outputs).toMatchObject({ result: "unchanged", candidate: "shop-green" });
  });

  it("is refused while both have traffic", async () => {
    const RuleArn = await world.rule();
    const groups = [...(world.aws.elbv2.ruleWeights(RuleArn)?.keys() ?? [])];
    await world.aws.call("elbv2", "ModifyRule", {
      RuleArn,
      Actions: [
        {
          Type: "forward",
          ForwardConfig: { TargetGroups: groups.map((TargetGroupArn) => ({ TargetGroupArn, Weight: 50 })) },
        },
      ],
    });
    const before = world.writes().length;
    const { outputs, errors } = await staged();
    expect(outputs["result"]).toBe("failed");
    expect(errors[0]).toMatch(/^TARGET_AMBIGUOUS: .*shop-blue has weight 50, shop-green has weight 50/);
    expect(world.writes()).toHaveLength(before);
  });
});

describe("a deploy-ecs bundle at a service whose traffic Amazon ECS shifts", () => {
  beforeEach(async () => {
    const rule = await world.rule();
    const [targetGroupArn = "", alternateTargetGroupArn = ""] =
      world.aws.elbv2.ruleWeights(rule)?.keys() ?? [];
    await world.ecs("DeleteService", { service: "shop-green", force: true });
    await update({
      deploymentConfiguration: { strategy: "BLUE_GREEN", bakeTimeInMinutes: 0 },
      loadBalancers: [
        {
          targetGroupArn,
          containerName: "api",
          containerPort: 3000,
          advancedConfiguration: {
            alternateTargetGroupArn,
            productionListenerRule: rule,
            roleArn: "arn:aws:iam::123456789012:role/ecs-load-balancers",
          },
        },
      ],
    });
    await eventually("the strategy", async () => (await world.newestDeployment())["status"] === "SUCCESSFUL");
    await world.settled();
  });

  it("ends at the bake time while the old revision stands by", async () => {
    const { outputs, errors } = await world.deploy({
      strategy: "canary",
      "canary-percent": "5%",
      "canary-bake-time": "1m",
      "bake-time": "1h",
      "wait-until": "bake",
    });
    expect(errors).toEqual([]);
    expect(outputs).toMatchObject({ result: "deployed", "lifecycle-stage": "BAKE_TIME" });
    expect((await world.newestDeployment())["status"]).toBe("IN_PROGRESS");
    expect(world.sent("UpdateService").at(-1)).toMatchObject({
      deploymentConfiguration: {
        strategy: "CANARY",
        bakeTimeInMinutes: 60,
        canaryConfiguration: { canaryPercent: 5, canaryBakeTimeInMinutes: 1 },
      },
    });
  });

  it("ends at a PAUSE hook of the stage, and hands it on", async () => {
    const hook = { targetType: "PAUSE", lifecycleStages: ["POST_SCALE_UP"] };
    const { outputs, errors } = await world.deploy({
      "deployment-configuration": JSON.stringify({ lifecycleHooks: [hook] }),
      "wait-until": "POST_SCALE_UP",
    });
    expect(errors).toEqual([]);
    expect(outputs).toMatchObject({
      result: "deployed",
      "lifecycle-stage": "POST_SCALE_UP",
      "hook-id": expect.stringMatching(/./),
    });
  });
});
