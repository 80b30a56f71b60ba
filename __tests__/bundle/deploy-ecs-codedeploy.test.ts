import { beforeEach, describe, expect, it } from "@jest/globals";
import type { JsonObject } from "#ship/simulators";
import { eventually } from "../support/eventually.ts";
import { deployWorld, serviceOf } from "./deploy-world.ts";

const appSpec = (hooks = "") => `
version: 0.0
Resources:
  - TargetService:
      Type: AWS::ECS::Service
      Properties:
        TaskDefinition: <TASK_DEFINITION>
        LoadBalancerInfo: { ContainerName: api, ContainerPort: 3000 }
${hooks}`;

const world = deployWorld({
  services: [
    serviceOf("shop", "blue", 2, { deploymentController: { type: "CODE_DEPLOY" } }),
    { name: "plain", "desired-count": 2 },
  ],
  simulator: { ecs: { speed: 200 }, elbv2: { second: 5 }, codedeploy: { invokeHook: async () => "Failed" } },
});
beforeEach(async () => {
  await createGroup();
  world.write("appspec.yaml", appSpec());
});

async function createGroup(): Promise<void> {
  const applicationName = "AppECS-default-shop";
  await world.aws.call("codedeploy", "CreateApplication", { applicationName, computePlatform: "ECS" });
  await world.aws.call("codedeploy", "CreateDeploymentGroup", {
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
          prodTrafficRoute: { listenerArns: [await world.listener()] },
        },
      ],
    },
  });
}

/** PRIMARY first. */
async function taskSets(): Promise<string[]> {
  const sets = (await world.service())["taskSets"] as JsonObject[];
  return sets.map((set) => `${String(set["taskDefinition"]).split("/").at(-1)} ${set["status"]}`);
}

describe("the deploy-ecs bundle at a service that CodeDeploy deploys", () => {
  it("deploys through CodeDeploy, and is unchanged when run again", async () => {
    const first = await world.deploy({ "codedeploy-deployment-description": "Release 2" });
    expect(first.errors).toEqual([]);
    expect(first.outputs).toMatchObject({
      result: "deployed",
      "codedeploy-deployment-id": expect.stringMatching(/^d-[A-Z0-9]{9}$/),
      "task-definition-arn": expect.stringMatching(/:task-definition\/shop:2$/),
      "previous-task-definition-arn": expect.stringMatching(/:task-definition\/shop:1$/),
      "console-url": expect.stringMatching(/\/codesuite\/codedeploy\/deployments\/d-/),
    });
    expect(first.summary).toContain("deploy shop: deployed");
    expect(world.sent("CreateDeployment")[0]).toMatchObject({
      applicationName: "AppECS-default-shop",
      deploymentGroupName: "DgpECS-default-shop",
      description: "Release 2",
    });
    expect(world.sent("UpdateService")).toEqual([]);
    expect((await taskSets())[0]).toBe("shop:2 PRIMARY");

    const before = world.writes();
    const second = await world.deploy({ strategy: "codedeploy" });
    expect(second.errors).toEqual([]);
    expect(second.outputs["result"]).toBe("unchanged");
    expect(world.writes()).toEqual(before);
  });

  it("plans without writing", async () => {
    const { outputs, summary } = await world.deploy({ "dry-run": "true" });
    expect(outputs["result"]).toBe("planned");
    expect(summary).toContain("create a deployment of DgpECS-default-shop with the AppSpec of appspec.yaml");
    expect(world.writes()).toEqual([]);
  });

  it("says which hook failed and that the previous revision serves again", async () => {
    world.write("appspec.yaml", appSpec("Hooks: [{ BeforeAllowTraffic: check-it }]"));
    const { exitCode, errors, outputs } = await world.deploy();
    expect(exitCode).toBe(1);
    expect(outputs["result"]).toBe("rolled-back");
    expect(errors[0]).toMatch(
      /^DEPLOYMENT_ROLLED_BACK: .*HOOK_EXECUTION_FAILURE.*check-it.*shop:1 serves again/s,
    );
    expect((await taskSets())[0]).toBe("shop:1 PRIMARY");
  });

  it("leaves what failed where that is wished", async () => {
    world.write("appspec.yaml", appSpec("Hooks: [{ AfterAllowTraffic: check-it }]"));
    const { outputs, errors } = await world.deploy({ "rollback-on-failure": "false" });
    expect(outputs["result"]).toBe("failed");
    expect(errors[0]).toMatch(/left as it is/);
    expect((await taskSets())[0]).toBe("shop:2 PRIMARY");
  });

  it("stops the deployment at once when it is cancelled, and the post step sees the old revision serve", async () => {
    const end = await world.deploy(
      {},
      {
        interruptWhen: () => world.sent("BatchGetDeploymentTargets").length > 0,
        post: "run",
      },
    );
    expect(world.sent("StopDeployment")[0]).toMatchObject({
      autoRollbackEnabled: true,
    });
    expect(["cancelled", "rolled-back"]).toContain(end.outputs["result"]);
    expect(end.tookToStop).toBeLessThan(7_500);
    await eventually("the old revision", async () => (await taskSets()).join() === "shop:1 PRIMARY");
    expect(world.images("shop")).toEqual(["shop:1", "shop:1"]);
  });

  it("carries on what a killed run began", async () => {
    const first = await world.deploy({}, { killWhen: () => world.sent("GetDeployment").length > 0 });
    expect(first.exitCode).not.toBe(0);
    const second = await world.deploy();
    expect(second.errors).toEqual([]);
    expect(second.outputs["result"]).toBe("deployed");
    expect(world.sent("CreateDeployment")).toHaveLength(1);
  });

  it("refuses before anything is written what CodeDeploy cannot do", async () => {
    const { errors } = await world.deploy({ "circuit-breaker": "true" });
    expect(errors[0]).toMatch(
      /INPUT_INVALID: .*CodeDeploy deploys the service shop.*deploymentCircuitBreaker/,
    );
    const other = await world.deploy({ service: "plain", strategy: "codedeploy" });
    expect(other.errors[0]).toMatch(
      /INPUT_INVALID: strategy is "codedeploy", but the service plain has the deployment controller ECS/,
    );
    world.write("appspec.yaml", "version: 0.0\n");
    const broken = await world.deploy();
    expect(broken.errors[0]).toMatch(/DOCUMENT_INVALID: appspec.yaml .*Resources is missing/);
    expect(world.writes()).toEqual([]);
  });
});
