import type { JsonObject } from "#ship/simulators";
import { type DeployLayout, type DeployWorld, serviceOf } from "./deploy-world.ts";

/** The AppSpec of a service `shop`; `hooks` is YAML. */
const appSpec = (hooks = "") => `
version: 0.0
Resources:
  - TargetService:
      Type: AWS::ECS::Service
      Properties:
        TaskDefinition: <TASK_DEFINITION>
        LoadBalancerInfo: { ContainerName: api, ContainerPort: 3000 }
${hooks}`;

/** A service `shop` that CodeDeploy deploys, whose hooks fail, beside one that Amazon ECS deploys. */
export const codeDeployLayout: DeployLayout = {
  services: [
    serviceOf("shop", "blue", 2, { deploymentController: { type: "CODE_DEPLOY" } }),
    { name: "plain", "desired-count": 2 },
  ],
  simulator: { ecs: { speed: 200 }, elbv2: { second: 5 }, codedeploy: { invokeHook: async () => "Failed" } },
};

/** Writes the AppSpec of the checkout. */
export function writeAppSpec(world: DeployWorld, hooks?: string): void {
  world.write("appspec.yaml", appSpec(hooks));
}

/** Creates the application and the deployment group that the action looks for by default. */
export async function createGroup(world: DeployWorld, terminationWaitTimeInMinutes: number): Promise<void> {
  const applicationName = "AppECS-default-shop";
  await world.aws.call("codedeploy", "CreateApplication", { applicationName, computePlatform: "ECS" });
  await world.aws.call("codedeploy", "CreateDeploymentGroup", {
    applicationName,
    deploymentGroupName: "DgpECS-default-shop",
    serviceRoleArn: "arn:aws:iam::123456789012:role/codedeploy",
    deploymentStyle: { deploymentType: "BLUE_GREEN", deploymentOption: "WITH_TRAFFIC_CONTROL" },
    blueGreenDeploymentConfiguration: {
      terminateBlueInstancesOnDeploymentSuccess: { action: "TERMINATE", terminationWaitTimeInMinutes },
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

/** Task sets of `shop`, PRIMARY first. */
export async function taskSets(world: DeployWorld): Promise<string[]> {
  const sets = (await world.service("shop"))["taskSets"] as JsonObject[];
  return sets.map((set) => `${String(set["taskDefinition"]).split("/").at(-1)} ${set["status"]}`);
}
