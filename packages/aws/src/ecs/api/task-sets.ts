import type { AwsVpcConfiguration, TaskSet as SdkTaskSet } from "@aws-sdk/client-ecs";

/** Tasks of one revision of a service that CodeDeploy deploys. */
export interface TaskSet {
  /** `ecs-svc/…`; also `startedBy` of its tasks. */
  readonly id: string;
  /** `PRIMARY` serves production traffic, `ACTIVE` does not, `DRAINING` is on its way out. */
  readonly status: string;
  readonly taskDefinition: string;
  /** Id of the CodeDeploy deployment that made it. */
  readonly deployment: string | undefined;
  readonly desired: number;
  readonly running: number;
  /** Every task that is desired runs and passes its checks. */
  readonly isSteady: boolean;
  /** What its load balancer sends requests to. */
  readonly container: { readonly name: string; readonly port: number } | undefined;
  readonly platformVersion: string | undefined;
  readonly network: AwsVpcConfiguration | undefined;
  readonly capacityProviders: readonly {
    readonly capacityProvider: string;
    readonly base: number;
    readonly weight: number;
  }[];
}

/** Reads what DescribeServices answers in `taskSets`. */
export function readTaskSets(sets: readonly SdkTaskSet[] | undefined): TaskSet[] {
  return (sets ?? []).map((set) => {
    const desired = set.computedDesiredCount ?? 0;
    const running = set.runningCount ?? 0;
    const balancer = set.loadBalancers?.find(({ containerName }) => containerName !== undefined);
    return {
      id: set.id ?? "",
      status: set.status ?? "",
      taskDefinition: set.taskDefinition ?? "",
      deployment: set.externalId || undefined,
      desired,
      running,
      isSteady: running >= desired && set.stabilityStatus !== "STABILIZING",
      container:
        balancer?.containerName === undefined || balancer.containerPort === undefined
          ? undefined
          : { name: balancer.containerName, port: balancer.containerPort },
      platformVersion: set.platformVersion,
      network: set.networkConfiguration?.awsvpcConfiguration,
      capacityProviders: (set.capacityProviderStrategy ?? []).map(({ capacityProvider, base, weight }) => ({
        capacityProvider: capacityProvider ?? "",
        base: base ?? 0,
        weight: weight ?? 0,
      })),
    };
  });
}

/** The task set that serves production traffic. */
export const primaryOf = ({ taskSets }: { readonly taskSets: readonly TaskSet[] }): TaskSet | undefined =>
  taskSets.find((set) => set.status === "PRIMARY");

/** ARN of what serves production traffic; endpoints that show no task sets tell it of the service alone. */
export function servingDefinition(service: {
  readonly taskSets: readonly TaskSet[];
  readonly taskDefinition: string;
}): string | undefined {
  const shown = service.taskSets.length === 0 ? service.taskDefinition || undefined : undefined;
  return primaryOf(service)?.taskDefinition ?? shown;
}
