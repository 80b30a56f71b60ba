import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { systemClock } from "#ship/kit";
import {
  applySeed,
  type JsonObject,
  parseSeed,
  type ScriptedRuntime,
  type SimulatedAws,
  scriptedRuntime,
  startSimulatedAws,
} from "#ship/simulators";
import { eventually } from "../support/eventually.ts";
import { otherEndpoint } from "../support/other-endpoint.ts";
import { runStep, type StepOptions } from "./runner-step.ts";

const document = {
  family: "shop",
  networkMode: "awsvpc",
  cpu: "256",
  memory: "512",
  requiresCompatibilities: ["FARGATE"],
  executionRoleArn: "arn:aws:iam::123456789012:role/execution",
  containerDefinitions: [{ name: "api", image: "shop:1", portMappings: [{ containerPort: 3000 }] }],
};
const pair = (name: string, count: number) =>
  `{ name: shop-${name}, cluster: default, task-definition: shop, desired-count: ${count}, target-group: ${name}, container: api, container-port: 3000 }`;
const seed = `
clusters: [default]
target-groups: [{ name: blue, port: 3000 }, { name: green, port: 3000 }]
load-balancers:
  - name: shop
    listeners:
      - port: 80
        forward: { blue: 1 }
        rules: [{ priority: 1, path: "/*", forward: { blue: 100, green: 0 } }]
task-definitions: [${JSON.stringify(document)}]
services: [${pair("blue", 2)}, ${pair("green", 0)}]
`;

let aws: SimulatedAws;
let runtime: ScriptedRuntime;
let workspace: string;

beforeEach(async () => {
  runtime = scriptedRuntime(systemClock);
  aws = await startSimulatedAws({ runtime, ecs: { speed: 200 }, elbv2: { second: 5 } });
  await applySeed(aws, parseSeed(seed, "deploy-ecs-truth.test.ts"));
  await settled();
  workspace = mkdtempSync(join(tmpdir(), "ship-deploy-"));
  writeFileSync(join(workspace, "task-definition.json"), JSON.stringify(document));
});
afterEach(async () => {
  expect(aws.violations).toEqual([]);
  rmSync(workspace, { recursive: true, force: true });
  await aws.close();
});

const ecs = (action: string, input: JsonObject) => aws.call("ecs", action, input);
const update = (members: JsonObject) => ecs("UpdateService", { service: "shop-blue", ...members });
const settled = () =>
  eventually("the service to settle", async () => {
    const { services } = await ecs("DescribeServices", { services: ["shop-blue"] });
    const [{ deployments = [] } = {}] = services as { deployments?: JsonObject[] }[];
    return deployments.length === 1 && deployments[0]?.["rolloutState"] === "COMPLETED";
  });
async function newestDeployment(): Promise<JsonObject> {
  const { serviceDeployments } = await ecs("ListServiceDeployments", { service: "shop-blue" });
  return (serviceDeployments as JsonObject[])[0] ?? {};
}
async function ruleArn(): Promise<string> {
  const { LoadBalancers } = await aws.call("elbv2", "DescribeLoadBalancers", {});
  const LoadBalancerArn = (LoadBalancers as JsonObject[])[0]?.["LoadBalancerArn"];
  const { Listeners } = await aws.call("elbv2", "DescribeListeners", { LoadBalancerArn });
  const ListenerArn = (Listeners as JsonObject[])[0]?.["ListenerArn"];
  const { Rules } = await aws.call("elbv2", "DescribeRules", { ListenerArn });
  return String((Rules as JsonObject[]).find((rule) => rule["IsDefault"] !== true)?.["RuleArn"]);
}
/** Somebody else's doing, once our release is under way. */
function meanwhile(doing: () => Promise<unknown>): void {
  const unfollow = aws.calls.follow(({ action }) => {
    if (action !== "DescribeServiceDeployments") return;
    unfollow();
    void doing();
  });
}
const writes = () =>
  aws.calls.all.map(({ action }) => action).filter((action) => !/^(Describe|List|Get)/.test(action));

const deploy = (inputs: Readonly<Record<string, string>> = {}, more: Partial<StepOptions> = {}) =>
  runStep({
    action: "deploy-ecs",
    workspace,
    inputs: {
      "task-definition": "task-definition.json",
      "container-name": "api",
      image: "shop:2",
      service: "shop-blue",
      "poll-interval": "100ms",
      ...inputs,
    },
    ...more,
    environment: { ...aws.environment(), ...more.environment },
  });

describe("a deploy-ecs bundle whose revision does not come to serve", () => {
  it("is rolled back by the circuit breaker of the service", async () => {
    runtime.script("shop:2", { does: "exits", afterMs: 5, code: 3 });
    const { outputs, errors, exitCode, summary } = await deploy({ "circuit-breaker": "true" });
    expect(exitCode).toBe(1);
    expect(outputs["result"]).toBe("rolled-back");
    expect(errors[0]).toMatch(/^DEPLOYMENT_ROLLED_BACK: .*exit code 3.*shop:1 serves again/);
    expect(summary).toContain("exit code 3");
  });

  it("is rolled back by an alarm, which is named", async () => {
    await aws.call("cloudwatch", "PutMetricAlarm", {
      AlarmName: "errors",
      Namespace: "Shop",
      MetricName: "Errors",
      Statistic: "Sum",
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 1,
      ComparisonOperator: "GreaterThanThreshold",
      TreatMissingData: "ignore",
    });
    const alarm = (StateValue: string) =>
      aws.call("cloudwatch", "SetAlarmState", { AlarmName: "errors", StateValue, StateReason: "test" });
    await alarm("OK");
    meanwhile(() => alarm("ALARM"));
    const { outputs, errors, summary } = await deploy({ alarms: "errors" });
    expect(outputs["result"]).toBe("rolled-back");
    expect(errors[0]).toMatch(/^DEPLOYMENT_ROLLED_BACK: .*Alarms: errors\./);
    expect(summary).toContain("Alarms: errors");
  });

  it("is rolled back by somebody, who is not disturbed", async () => {
    meanwhile(async () => {
      const { serviceDeploymentArn = "" } = await newestDeployment();
      await ecs("StopServiceDeployment", { serviceDeploymentArn, stopType: "ROLLBACK" });
    });
    const { outputs } = await deploy();
    expect(outputs["result"]).toBe("rolled-back");
  });

  it("is superseded, and leaves the other deployment alone", async () => {
    await deploy({ service: "", image: "shop:3" });
    meanwhile(() => update({ taskDefinition: "shop:2" }));
    const { outputs, errors } = await deploy({ image: "shop:4" });
    expect(outputs["result"]).toBe("failed");
    expect(errors[0]).toMatch(/^DEPLOYMENT_SUPERSEDED: The deployment of shop:3 was superseded/);
    expect(aws.calls.of("ecs", "StopServiceDeployment")).toEqual([]);
  });

  it("fails at the first pull of an image that does not exist", async () => {
    runtime.script("shop:2", { does: "pull-failure" });
    const { outputs, errors } = await deploy();
    expect(outputs["result"]).toBe("rolled-back");
    expect(errors[0]).toMatch(/CannotPullContainerError/);
  });

  it("is no success where service deployments are denied, which is said", async () => {
    runtime.script("shop:2", { does: "exits", afterMs: 5, code: 3 });
    for (const action of ["ListServiceDeployments", "DescribeServiceDeployments", "StopServiceDeployment"])
      aws.faults.add({ action, fault: { kind: "denied" } });
    const { outputs, stdout } = await deploy();
    expect(outputs["result"]).toBe("rolled-back");
    expect(stdout).toMatch(/::warning::Service deployments cannot be read .*judged by rollout states/);
  });
});

describe("what a deploy-ecs bundle says of a release", () => {
  it("is the plan in a dry run, which writes nothing and shows no secret", async () => {
    const before = writes().length;
    const { outputs, summary, stdout, errors } = await deploy({
      "dry-run": "true",
      secrets: "TOKEN=arn:aws:ssm:eu-central-1:123456789012:parameter/hidden-token",
      "environment-variables": "MODE=hidden-mode",
      "desired-count": "3",
    });
    expect(errors).toEqual([]);
    expect(outputs["result"]).toBe("planned");
    expect(writes()).toHaveLength(before);
    expect(summary).toMatch(/shop:2/);
    expect(summary).toMatch(/TOKEN/);
    expect(summary).toMatch(/desiredCount/);
    expect(summary + stdout).not.toMatch(/hidden-token|hidden-mode/);
  });

  it("is that nothing runs when the desired count is 0", async () => {
    const { outputs, summary, stdout } = await deploy({ "desired-count": "0" });
    expect(outputs["result"]).toBe("deployed");
    expect(summary).toContain("nothing runs");
    expect(stdout).toContain("nothing runs: the desired count is 0");
  });

  it("is deployed when a definition that serves is deployed by force", async () => {
    const { outputs } = await deploy({ image: "shop:1", "force-new-deployment": "true" });
    expect(outputs["result"]).toBe("deployed");
    expect(aws.calls.of("ecs", "UpdateService").map(({ input }) => input["forceNewDeployment"])).toEqual([
      true,
    ]);
    expect(aws.calls.of("ecs", "RegisterTaskDefinition").length).toBe(0);
  });

  it("is a refusal with a hint where another controller deploys", async () => {
    const external = JSON.stringify({ type: "EXTERNAL" });
    const front = await otherEndpoint(String(aws.environment()["AWS_ENDPOINT_URL"]), (action, answer) =>
      action === "DescribeServices"
        ? {
            ...answer,
            body: answer.body.replaceAll('"serviceArn":', `"deploymentController":${external},"serviceArn":`),
          }
        : undefined,
    );
    const before = writes().length;
    try {
      const { errors, exitCode } = await deploy({}, { environment: { AWS_ENDPOINT_URL: front.url } });
      expect(exitCode).toBe(1);
      expect(errors[0]).toMatch(/^INPUT_INVALID: .*deployment controller EXTERNAL.* — Change the service's/);
      expect(writes()).toHaveLength(before);
    } finally {
      await front.close();
    }
  });
});

describe("a deploy-ecs bundle with a pair of services", () => {
  const staged = async (inputs: Readonly<Record<string, string>> = {}) =>
    deploy({
      service: "",
      strategy: "paired",
      services: "shop-blue,\n shop-green",
      "listener-rule-arn": await ruleArn(),
      ...inputs,
    });

  it("stages the candidate on the idle one, with zero weight", async () => {
    const { outputs, errors } = await staged();
    expect(errors).toEqual([]);
    expect(outputs).toMatchObject({ result: "deployed", candidate: "shop-green", stable: "shop-blue" });
    const weights = aws.elbv2.ruleWeights(await ruleArn());
    expect([...(weights?.values() ?? [])]).toEqual([100, 0]);
    expect((await staged()).outputs).toMatchObject({ result: "unchanged", candidate: "shop-green" });
  });

  it("is refused while both have traffic", async () => {
    const RuleArn = await ruleArn();
    const groups = [...(aws.elbv2.ruleWeights(RuleArn)?.keys() ?? [])];
    await aws.call("elbv2", "ModifyRule", {
      RuleArn,
      Actions: [
        {
          Type: "forward",
          ForwardConfig: { TargetGroups: groups.map((TargetGroupArn) => ({ TargetGroupArn, Weight: 50 })) },
        },
      ],
    });
    const before = writes().length;
    const { outputs, errors } = await staged();
    expect(outputs["result"]).toBe("failed");
    expect(errors[0]).toMatch(/^TARGET_AMBIGUOUS: .*shop-blue has weight 50, shop-green has weight 50/);
    expect(writes()).toHaveLength(before);
  });
});

describe("a deploy-ecs bundle at a service whose traffic Amazon ECS shifts", () => {
  beforeEach(async () => {
    const rule = await ruleArn();
    const [targetGroupArn = "", alternateTargetGroupArn = ""] = aws.elbv2.ruleWeights(rule)?.keys() ?? [];
    await ecs("DeleteService", { service: "shop-green", force: true });
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
    await eventually("the strategy", async () => (await newestDeployment())["status"] === "SUCCESSFUL");
    await settled();
  });

  it("ends at the bake time while the old revision stands by", async () => {
    const { outputs, errors } = await deploy({
      strategy: "canary",
      "canary-percent": "5%",
      "canary-bake-time": "1m",
      "bake-time": "1h",
      "wait-until": "bake",
    });
    expect(errors).toEqual([]);
    expect(outputs).toMatchObject({ result: "deployed", "lifecycle-stage": "BAKE_TIME" });
    expect((await newestDeployment())["status"]).toBe("IN_PROGRESS");
    expect(aws.calls.of("ecs", "UpdateService").at(-1)?.input).toMatchObject({
      deploymentConfiguration: {
        strategy: "CANARY",
        bakeTimeInMinutes: 60,
        canaryConfiguration: { canaryPercent: 5, canaryBakeTimeInMinutes: 1 },
      },
    });
  });

  it("ends at a PAUSE hook of the stage, and hands it on", async () => {
    const hook = { targetType: "PAUSE", lifecycleStages: ["POST_SCALE_UP"] };
    const { outputs, errors } = await deploy({
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
