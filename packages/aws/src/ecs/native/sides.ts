import { ShipError } from "#ship/kit";
import type { Caller } from "../api/caller.ts";
import type { DeploymentState } from "../api/service-deployments.ts";
import { describeRevisions, type RevisionBalancer, type RevisionState } from "../api/service-revisions.ts";

/** The two releases of a deployment: task definitions, and the ARNs of the target groups they are registered in. */
export interface NativeSides {
  readonly stable: NativeSide;
  readonly canary: NativeSide;
  /** ARN of the listener rule that divides production traffic between the groups. */
  readonly rule: string;
}

/** One release. */
export interface NativeSide {
  /** `family:revision`. */
  readonly name: string;
  readonly taskDefinition: string;
  readonly group: string;
}

/**
 * Finds which target group is whose: Amazon ECS swaps them with each deployment, so only the revisions tell.
 * @throws ShipError `TARGET_AMBIGUOUS` when the service stands behind no rule, or behind several load balancers
 */
export async function findSides(
  caller: Caller,
  state: DeploymentState,
  service: string,
): Promise<NativeSides> {
  const revisions = await describeRevisions(caller, [
    ...new Set([state.target, ...state.sources.map(({ arn }) => arn)]),
  ]);
  const target = revisions.get(state.target);
  const balancer = only(target, service);
  const [own, alternate] = balancer.groups;
  const sources = state.sources
    .toSorted((one, other) => other.weight - one.weight)
    .flatMap(({ arn }) => revisions.get(arn) ?? []);
  const group =
    balancer.resolved ??
    otherOf(
      balancer,
      sources.map(resolvedOf).find((arn) => arn !== undefined),
    );
  if (
    !target ||
    own === undefined ||
    alternate === undefined ||
    group === undefined ||
    !balancer.productionRule
  )
    throw ambiguous(
      service,
      "Amazon ECS does not say which target group the new revision is in, behind which rule",
    );
  const source = sources.find((revision) => resolvedOf(revision) !== group) ?? sources[0];
  const stable = source ? nameOf(source.taskDefinition) : "the previous revision";
  const canary = nameOf(target.taskDefinition);
  return {
    rule: balancer.productionRule,
    stable: {
      name: stable === canary ? `${stable} before` : stable,
      taskDefinition: source?.taskDefinition ?? "",
      group: group === own ? alternate : own,
    },
    canary: { name: canary, taskDefinition: target.taskDefinition, group },
  };
}

function only(revision: RevisionState | undefined, service: string): RevisionBalancer {
  const [balancer, ...more] = revision?.balancers ?? [];
  if (balancer && more.length === 0) return balancer;
  throw ambiguous(
    service,
    balancer ? `it stands behind ${more.length + 1} load balancers` : "it stands behind no load balancer",
  );
}

function ambiguous(service: string, why: string): ShipError {
  return new ShipError("TARGET_AMBIGUOUS", `The two releases of ${service} cannot be told apart: ${why}.`, {
    hint: "The service needs one load balancer with `advancedConfiguration` (alternate target group, production listener rule).",
  });
}

function resolvedOf(revision: RevisionState): string | undefined {
  return revision.balancers[0]?.resolved;
}

function otherOf({ groups }: RevisionBalancer, used: string | undefined): string | undefined {
  return used === undefined ? undefined : groups.find((arn) => arn !== used);
}

function nameOf(arn: string): string {
  return arn.split("/").at(-1) ?? arn;
}
