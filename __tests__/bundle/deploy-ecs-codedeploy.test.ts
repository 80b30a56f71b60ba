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
import { runStep, type StepOptions } from "./runner-step.ts";

const document = {
  family: "shop",
  networkMode: "awsvpc",
  requiresCompatibilities: ["FARGATE"],
  cpu: "256",
  memory: "512",
  containerDefinitions: [{ name: "api", image: "shop:1", portMappings: [{ containerPort: 3000 }] }],
};
const service = (name: string, controller: string, group: string) => `
  - name: ${name}
    cluster: default
    task-definition: shop
    desired-count: 2
    target-group: ${group}
    container: api
    container-port: 3000
    settings: { deploymentController: { type: ${controller} } }`;
const seed = `
clusters: [default]
target-groups: [{ name: blue, port: 3000 }, { name: green, port: 3000 }, { name: plain, port: 3000 }]
load-balancers:
  - name: shop
    listeners: [{ port: 80, forward: { blue: 1 } }, { port: 81, forward: { plain: 1 } }]
task-definitions: [${JSON.stringify(document)}]
services:${service("shop", "CODE_DEPLOY", "blue")}${service("plain", "ECS", "plain")}
`;
const appSpec = (hooks = "") => `
version: 0.0
Resources:
  - TargetService:
      Type: AWS::ECS::Service
      Properties:
        TaskDefinition: <TASK_DEFINITION>
        LoadBalancerInfo: { ContainerName: api, ContainerPort: 3000 }
${hooks}`;

let aws: SimulatedAws;
let runtime: ScriptedRuntime;
let workspace: string;

beforeEach(async () => {
  runtime = scriptedRuntime(systemClock);
  const invokeHook = async () => "Failed" as const;
  aws = await startSimulatedAws({
    runtime,
    ecs: { speed: 200 },
    elbv2: { second: 5 },
    codedeploy: { invokeHook },
  });
  await applySeed(aws, parseSeed(seed, "deploy-ecs-codedeploy.test.ts"));
  await createGroup();
  await eventually("the first tasks", async () => servingImages().length === 4);
  workspace = mkdtempSync(join(tmpdir(), "ship-deploy-"));
  writeFileSync(join(workspace, "task-definition.json"), JSON.stringify(document));
  writeFileSync(join(workspace, "appspec.yaml"), appSpec());
});
afterEach(async () => {
  expect(aws.violations).toEqual([]);
  rmSync(workspace, { recursive: true, force: true });
  await aws.close();
});

async function createGroup(): Promise<void> {
  const { LoadBalancers } = await aws.call("elbv2", "DescribeLoadBalancers", {});
  const LoadBalancerArn = (LoadBalancers as JsonObject[])[0]?.["LoadBalancerArn"];
  const { Listeners } = await aws.call("elbv2", "DescribeListeners", { LoadBalancerArn });
  const listener = (Listeners as JsonObject[]).find(({ Port }) => Port === 80)?.["ListenerArn"];
  const applicationName = "AppECS-default-shop";
  await aws.call("codedeploy", "CreateApplication", { applicationName, computePlatform: "ECS" });
  await aws.call("codedeploy", "CreateDeploymentGroup", {
    applicationName,
    deploymentGroupName: "DgpECS-default-shop",
    serviceRoleArn: "arn:aws:iam::123456789012:role/codedeploy",
    deploymentStyle: { deploymentType: "BLUE_GREEN", deploymentOption: "WITH_TRAFFIC_CONTROL" },
    blueGreenDeploymentConfiguration: {
      terminateBlueInstancesOnDeploymentSuccess: { action: "TERMINATE", terminationWaitTimeInMinutes: 5 },
      deploymentReadyOption: { actionOnTimeout: "CONTINUE_DEPLOYMENT" },
    },
    ecsServices: [{ clusterName: "default", serviceName: "shop" }],
    loadBalancerInfo: {
      targetGroupPairInfoList: [
        {
          targetGroups: [{ name: "blue" }, { name: "green" }],
          prodTrafficRoute: { listenerArns: [listener] },
        },
      ],
    },
  });
}

const servingImages = () =>
  [...aws.ecs.state.tasks.values()]
    .filter((task) => task.desiredStatus === "RUNNING" && task.lastStatus === "RUNNING")
    .map((task) => task.containers[0]?.image);
const shopImages = () =>
  [...aws.ecs.state.tasks.values()]
    .filter((task) => task.group === "service:shop" && task.desiredStatus === "RUNNING")
    .map((task) => task.containers[0]?.image);
const written = () =>
  aws.calls.all
    .map((call) => call.action)
    .filter((action) => /^(Create|Register|Update|Stop|Run)/.test(action));
/** PRIMARY first. */
async function taskSets(): Promise<string[]> {
  const { services } = await aws.call("ecs", "DescribeServices", { services: ["shop"] });
  const sets = (services as JsonObject[])[0]?.["taskSets"] as JsonObject[];
  return sets.map((set) => `${String(set["taskDefinition"]).split("/").at(-1)} ${set["status"]}`);
}

const deploy = (inputs: Readonly<Record<string, string>> = {}, more: Partial<StepOptions> = {}) =>
  runStep({
    action: "deploy-ecs",
    workspace,
    environment: aws.environment(),
    inputs: {
      "task-definition": "task-definition.json",
      "container-name": "api",
      image: "shop:2",
      service: "shop",
      "poll-interval": "100ms",
      ...inputs,
    },
    ...more,
  });

describe("the deploy-ecs bundle at a service that CodeDeploy deploys", () => {
  it("deploys through CodeDeploy, and is unchanged when run again", async () => {
    const first = await deploy({ "codedeploy-deployment-description": "Release 2" });
    expect(first.errors).toEqual([]);
    expect(first.outputs).toMatchObject({
      result: "deployed",
      "codedeploy-deployment-id": expect.stringMatching(/^d-[A-Z0-9]{9}$/),
      "task-definition-arn": expect.stringMatching(/:task-definition\/shop:2$/),
      "previous-task-definition-arn": expect.stringMatching(/:task-definition\/shop:1$/),
      "console-url": expect.stringMatching(/\/codesuite\/codedeploy\/deployments\/d-/),
    });
    expect(first.summary).toContain("deploy shop: deployed");
    expect(aws.calls.of("codedeploy", "CreateDeployment")[0]?.input).toMatchObject({
      applicationName: "AppECS-default-shop",
      deploymentGroupName: "DgpECS-default-shop",
      description: "Release 2",
    });
    expect(aws.calls.of("ecs", "UpdateService")).toEqual([]);
    expect((await taskSets())[0]).toBe("shop:2 PRIMARY");

    const before = written();
    const second = await deploy({ strategy: "codedeploy" });
    expect(second.errors).toEqual([]);
    expect(second.outputs["result"]).toBe("unchanged");
    expect(written()).toEqual(before);
  });

  it("plans without writing", async () => {
    const { outputs, summary } = await deploy({ "dry-run": "true" });
    expect(outputs["result"]).toBe("planned");
    expect(summary).toContain("create a deployment of DgpECS-default-shop with the AppSpec of appspec.yaml");
    expect(written()).toEqual([]);
  });

  it("says which hook failed and that the previous revision serves again", async () => {
    writeFileSync(join(workspace, "appspec.yaml"), appSpec("Hooks: [{ BeforeAllowTraffic: check-it }]"));
    const { exitCode, errors, outputs } = await deploy();
    expect(exitCode).toBe(1);
    expect(outputs["result"]).toBe("rolled-back");
    expect(errors[0]).toMatch(
      /^DEPLOYMENT_ROLLED_BACK: .*HOOK_EXECUTION_FAILURE.*check-it.*shop:1 serves again/s,
    );
    expect((await taskSets())[0]).toBe("shop:1 PRIMARY");
  });

  it("leaves what failed where that is wished", async () => {
    writeFileSync(join(workspace, "appspec.yaml"), appSpec("Hooks: [{ AfterAllowTraffic: check-it }]"));
    const { outputs, errors } = await deploy({ "rollback-on-failure": "false" });
    expect(outputs["result"]).toBe("failed");
    expect(errors[0]).toMatch(/left as it is/);
    expect((await taskSets())[0]).toBe("shop:2 PRIMARY");
  });

  it("stops the deployment at once when it is cancelled, and the post step sees the old revision serve", async () => {
    const end = await deploy(
      {},
      {
        interruptWhen: () => aws.calls.of("codedeploy", "BatchGetDeploymentTargets").length > 0,
        post: "run",
      },
    );
    expect(aws.calls.of("codedeploy", "StopDeployment")[0]?.input).toMatchObject({
      autoRollbackEnabled: true,
    });
    expect(["cancelled", "rolled-back"]).toContain(end.outputs["result"]);
    expect(end.tookToStop).toBeLessThan(7_500);
    await eventually("the old revision", async () => (await taskSets()).join() === "shop:1 PRIMARY");
    expect(shopImages()).toEqual(["shop:1", "shop:1"]);
  });

  it("carries on what a killed run began", async () => {
    const first = await deploy(
      {},
      { killWhen: () => aws.calls.of("codedeploy", "GetDeployment").length > 0 },
    );
    expect(first.exitCode).not.toBe(0);
    const second = await deploy();
    expect(second.errors).toEqual([]);
    expect(second.outputs["result"]).toBe("deployed");
    expect(aws.calls.of("codedeploy", "CreateDeployment")).toHaveLength(1);
  });

  it("refuses before anything is written what CodeDeploy cannot do", async () => {
    const { errors } = await deploy({ "circuit-breaker": "true" });
    expect(errors[0]).toMatch(
      /INPUT_INVALID: .*CodeDeploy deploys the service shop.*deploymentCircuitBreaker/,
    );
    const other = await deploy({ service: "plain", strategy: "codedeploy" });
    expect(other.errors[0]).toMatch(
      /INPUT_INVALID: strategy is "codedeploy", but the service plain has the deployment controller ECS/,
    );
    writeFileSync(join(workspace, "appspec.yaml"), "version: 0.0\n");
    const broken = await deploy();
    expect(broken.errors[0]).toMatch(/DOCUMENT_INVALID: appspec.yaml .*Resources is missing/);
    expect(written()).toEqual([]);
  });
});
