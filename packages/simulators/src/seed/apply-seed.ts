import type { SimulatedAws } from "../cloud.ts";
import type { Condition, ForwardAction } from "../elbv2/index.ts";
import type { JsonObject } from "../service.ts";
import { seedDeploymentGroup } from "./deployment-groups.ts";
import type { Seed } from "./seed.ts";

/**
 * Creates in `aws` what the seed describes. Rejects with an error that names the entry at fault and what the service
 * said about it.
 */
export async function applySeed(aws: SimulatedAws, seed: Seed): Promise<void> {
  seedIdentityAndImages(aws, seed);
  for (const group of seed["log-groups"]) aws.logs.ensureGroup(group);
  for (const alarm of seed.alarms) seedAlarm(aws, alarm);
  const groups = seedTargetGroups(aws, seed);
  for (const balancer of seed["load-balancers"]) {
    await naming(`load-balancers: ${balancer.name}`, () => seedLoadBalancer(aws, balancer, groups));
  }
  for (const clusterName of seed.clusters) {
    await naming(`clusters: ${clusterName}`, () => aws.call("ecs", "CreateCluster", { clusterName }));
  }
  for (const definition of seed["task-definitions"]) {
    await naming(`task-definitions: ${definition.family}`, () =>
      aws.call("ecs", "RegisterTaskDefinition", definition),
    );
  }
  for (const service of seed.services) {
    await naming(`services: ${service.name}`, () =>
      aws.call("ecs", "CreateService", serviceInput(service, groups)),
    );
  }
  for (const group of seed["deployment-groups"]) {
    await naming(`deployment-groups: ${group.service}`, () => seedDeploymentGroup(aws, group));
  }
}

type GroupArns = ReadonlyMap<string, string>;

function seedIdentityAndImages(aws: SimulatedAws, seed: Seed): void {
  for (const { "max-session-seconds": maxSessionSeconds, ...role } of seed.roles) {
    aws.sts.putRole({ ...role, maxSessionSeconds });
  }
  for (const repository of seed.repositories) {
    aws.ecr.createRepository(repository.name, repository["tag-mutability"]);
  }
}

/** An alarm on a metric nobody publishes, so that it keeps the state it is given. */
function seedAlarm(aws: SimulatedAws, alarm: Seed["alarms"][number]): void {
  aws.cloudwatch.putAlarm({
    AlarmName: alarm.name,
    Namespace: "Seeded",
    MetricName: alarm.name,
    Statistic: "Sum",
    Period: 60,
    EvaluationPeriods: 1,
    Threshold: 0,
    ComparisonOperator: "GreaterThanThreshold",
    TreatMissingData: "ignore",
  });
  aws.cloudwatch.setAlarmState(alarm.name, alarm.state, "Set by the seed");
}

function seedTargetGroups(aws: SimulatedAws, seed: Seed): GroupArns {
  return new Map(
    seed["target-groups"].map((group) => {
      const { arn } = aws.elbv2.createTargetGroup({
        name: group.name,
        port: group.port,
        healthCheck: { path: group["health-check-path"] },
      });
      return [group.name, arn];
    }),
  );
}

async function seedLoadBalancer(
  aws: SimulatedAws,
  balancer: Seed["load-balancers"][number],
  groups: GroupArns,
): Promise<void> {
  const { arn } = aws.elbv2.createLoadBalancer({ name: balancer.name });
  for (const listener of balancer.listeners) {
    const created = await aws.elbv2.createListener({
      loadBalancerArn: arn,
      port: listener.port,
      defaultActions: [forwardAction(listener.forward, groups)],
    });
    for (const rule of listener.rules) {
      const conditions: Condition[] = [];
      if (rule.path !== undefined) conditions.push({ field: "path-pattern", values: [rule.path] });
      if (rule.host !== undefined) conditions.push({ field: "host-header", values: [rule.host] });
      aws.elbv2.createRule({
        listenerArn: created.arn,
        priority: rule.priority,
        conditions,
        actions: [forwardAction(rule.forward, groups)],
      });
    }
  }
}

function forwardAction(weights: Readonly<Record<string, number>>, groups: GroupArns): ForwardAction {
  return {
    type: "forward",
    targetGroups: Object.entries(weights).map(([name, weight]) => ({
      targetGroupArn: groupArn(name, groups),
      weight,
    })),
    stickiness: { enabled: false },
  };
}

function serviceInput(service: Seed["services"][number], groups: GroupArns): JsonObject {
  const targetGroup = service["target-group"];
  return {
    cluster: service.cluster,
    serviceName: service.name,
    taskDefinition: service["task-definition"],
    desiredCount: service["desired-count"],
    launchType: "FARGATE",
    networkConfiguration: { awsvpcConfiguration: { subnets: ["subnet-0123456789abcdef0"] } },
    ...(targetGroup === undefined
      ? {}
      : {
          loadBalancers: [
            {
              targetGroupArn: groupArn(targetGroup, groups),
              containerName: service.container ?? service.name,
              containerPort: service["container-port"] ?? 80,
            },
          ],
        }),
    ...service.settings,
  };
}

function groupArn(name: string, groups: GroupArns): string {
  const arn = groups.get(name);
  if (arn !== undefined) return arn;
  const known = [...groups.keys()].join(", ") || "none";
  throw new Error(`the target group ${name} is not listed under target-groups (listed: ${known})`);
}

async function naming(entry: string, create: () => Promise<unknown>): Promise<void> {
  try {
    await create();
  } catch (error) {
    throw new Error(`${entry} could not be created: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  }
}
