import type { SimulatedAws } from "../cloud.ts";
import { isJsonObject } from "../members.ts";
import type { JsonObject } from "../service.ts";
import type { Seed } from "./seed.ts";

type SeedGroup = Seed["deployment-groups"][number];

/**
 * Creates a deployment group and, where it is not there yet, its application. Names that are left out are those that the
 * ECS console gives.
 */
export async function seedDeploymentGroup(aws: SimulatedAws, group: SeedGroup): Promise<void> {
  const suffix = `ECS-${group.cluster}-${group.service}`;
  const { application: applicationName = `App${suffix}`, name: deploymentGroupName = `Dgp${suffix}` } = group;
  const listeners = await listenersOf(aws, group["load-balancer"]);
  const route = (port: number) => ({ listenerArns: [listenerOf(listeners, port, group)] });
  const { "production-port": production, "test-port": test } = group;
  const pair = {
    targetGroups: group["target-groups"].map((name) => ({ name })),
    prodTrafficRoute: route(production),
    ...(test !== undefined && { testTrafficRoute: route(test) }),
  };
  const { applications } = await aws.call("codedeploy", "ListApplications", {});
  if (!Array.isArray(applications) || !applications.includes(applicationName))
    await aws.call("codedeploy", "CreateApplication", { applicationName, computePlatform: "ECS" });
  await aws.call("codedeploy", "CreateDeploymentGroup", {
    applicationName,
    deploymentGroupName,
    serviceRoleArn: `arn:aws:iam::${aws.accountId}:role/codedeploy`,
    deploymentStyle: { deploymentType: "BLUE_GREEN", deploymentOption: "WITH_TRAFFIC_CONTROL" },
    blueGreenDeploymentConfiguration: {
      terminateBlueInstancesOnDeploymentSuccess: { action: "TERMINATE", terminationWaitTimeInMinutes: 5 },
      deploymentReadyOption: { actionOnTimeout: "CONTINUE_DEPLOYMENT" },
    },
    ecsServices: [{ clusterName: group.cluster, serviceName: group.service }],
    loadBalancerInfo: { targetGroupPairInfoList: [pair] },
    ...group.settings,
  });
}

/** ARN by port. */
async function listenersOf(aws: SimulatedAws, balancer: string): Promise<ReadonlyMap<number, string>> {
  const { LoadBalancers } = await aws.call("elbv2", "DescribeLoadBalancers", { Names: [balancer] });
  const [found] = objects(LoadBalancers);
  const { Listeners } = await aws.call("elbv2", "DescribeListeners", {
    LoadBalancerArn: found?.["LoadBalancerArn"],
  });
  return new Map(
    objects(Listeners).map((listener) => [Number(listener["Port"]), String(listener["ListenerArn"])]),
  );
}

function listenerOf(listeners: ReadonlyMap<number, string>, port: number, group: SeedGroup): string {
  const arn = listeners.get(port);
  if (arn !== undefined) return arn;
  throw new Error(
    `the load balancer ${group["load-balancer"]} has no listener on port ${port} (it has: ${[...listeners.keys()].join(", ") || "none"})`,
  );
}

const objects = (value: unknown): JsonObject[] => (Array.isArray(value) ? value.filter(isJsonObject) : []);
