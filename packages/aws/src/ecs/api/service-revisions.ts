import { DescribeServiceRevisionsCommand, type ServiceRevision } from "@aws-sdk/client-ecs";
import { ask, type Caller } from "./caller.ts";

/** What a service revision froze of its service. */
export interface RevisionState {
  readonly arn: string;
  readonly taskDefinition: string;
  readonly balancers: readonly RevisionBalancer[];
}

/** One load balancer of a revision. ARNs. */
export interface RevisionBalancer {
  /** Where the revision's tasks are registered; absent when Amazon ECS does not say. */
  readonly resolved: string | undefined;
  /** The two target groups that deployments take turns in: as configured, and its alternate where there is one. */
  readonly groups: readonly string[];
  readonly productionRule: string | undefined;
}

/** Service revisions by ARN; one that is gone is left out. */
export async function describeRevisions(
  caller: Caller,
  arns: readonly string[],
): Promise<ReadonlyMap<string, RevisionState>> {
  const known = new Map<string, RevisionState>();
  const mostPerCall = 20;
  for (let start = 0; start < arns.length; start += mostPerCall) {
    const serviceRevisionArns = arns.slice(start, start + mostPerCall);
    const answer = await ask(caller, "ecs:DescribeServiceRevisions", (options) =>
      caller.client.send(new DescribeServiceRevisionsCommand({ serviceRevisionArns }), options),
    );
    for (const revision of answer.serviceRevisions ?? []) {
      const arn = revision.serviceRevisionArn;
      if (arn && revision.taskDefinition)
        known.set(arn, { arn, taskDefinition: revision.taskDefinition, balancers: balancersOf(revision) });
    }
  }
  return known;
}

/** Task definition ARN of each service revision asked for. */
export async function taskDefinitionsOf(
  caller: Caller,
  arns: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const revisions = await describeRevisions(caller, arns);
  return new Map([...revisions].map(([arn, { taskDefinition }]) => [arn, taskDefinition]));
}

function balancersOf(revision: ServiceRevision): RevisionBalancer[] {
  const resolved = revision.resolvedConfiguration?.loadBalancers ?? [];
  return (revision.loadBalancers ?? []).map((balancer, index) => {
    const advanced = balancer.advancedConfiguration;
    return {
      resolved: resolved[index]?.targetGroupArn,
      groups: [balancer.targetGroupArn, advanced?.alternateTargetGroupArn].filter((arn) => arn !== undefined),
      productionRule: advanced?.productionListenerRule ?? resolved[index]?.productionListenerRule,
    };
  });
}
