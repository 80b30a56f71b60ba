import { type Clock, systemClock } from "#ship/kit";
import type { SimulatedAws } from "#ship/simulators";
import type { EnvironmentName } from "./account.ts";
import type { PairBalancer, SingleBalancer } from "./balancers.ts";
import { readTaskDefinition, type TaskDefinitionDocument } from "./releases.ts";

/** Services of the sample by environment; production's are a pair of which blue serves at the start. */
export const serviceNames = {
  staging: "shop-api",
  blue: "shop-api-blue",
  green: "shop-api-green",
} as const;

const tasksPerService = 2;
/** How long the old release may take to serve, in milliseconds. */
const startLimit = 60_000;

/** Creates both clusters with the old release running in them, and waits until its tasks are healthy. */
export async function startOldRelease(
  aws: SimulatedAws,
  release: TaskDefinitionDocument,
  balancers: { readonly staging: SingleBalancer; readonly production: PairBalancer },
): Promise<void> {
  const { staging, production } = balancers;
  await aws.call("ecs", "CreateCluster", { clusterName: "staging" });
  await aws.call("ecs", "CreateCluster", { clusterName: "production" });
  await aws.call("ecs", "RegisterTaskDefinition", release);
  await create(aws, "staging", serviceNames.staging, staging.targetGroupArn, tasksPerService);
  await create(aws, "production", serviceNames.blue, production.blueArn, tasksPerService);
  await create(aws, "production", serviceNames.green, production.greenArn, 0);
  for (const arn of [staging.targetGroupArn, production.blueArn]) await untilServing(aws, arn, systemClock);
}

async function create(
  aws: SimulatedAws,
  cluster: EnvironmentName,
  serviceName: string,
  targetGroupArn: string,
  desiredCount: number,
): Promise<void> {
  const { family, containerDefinitions } = readTaskDefinition();
  await aws.call("ecs", "CreateService", {
    cluster,
    serviceName,
    taskDefinition: family,
    desiredCount,
    launchType: "FARGATE",
    networkConfiguration: { awsvpcConfiguration: { subnets: ["subnet-0123456789abcdef0"] } },
    loadBalancers: [{ targetGroupArn, containerName: containerDefinitions[0]?.name, containerPort: 3000 }],
    deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: true } },
  });
}

/** A deployment that is still under way would be the new release's business. */
async function untilServing(aws: SimulatedAws, targetGroupArn: string, clock: Clock): Promise<void> {
  const limit = clock.now() + startLimit;
  const settled = () =>
    [...aws.ecs.state.services.values()].every(({ deployments }) =>
      deployments.every(({ rolloutState }) => rolloutState === "COMPLETED"),
    );
  while (healthyTargets(aws, targetGroupArn) < tasksPerService || !settled()) {
    if (clock.now() > limit) {
      const stopped = [...aws.ecs.state.tasks.values()].findLast((task) => task.stoppedReason !== undefined);
      throw new Error(
        `The old release did not become healthy within ${startLimit / 1_000} s: ` +
          `${stopped?.stoppedReason ?? "its tasks run, but GET /health does not answer 200"}.`,
      );
    }
    await clock.sleep(100);
  }
}

/** Healthy targets of a group, in use or not. */
export function healthyTargets(aws: SimulatedAws, targetGroupArn: string): number {
  return aws.elbv2.health(targetGroupArn).filter(({ state }) => state === "healthy").length;
}
