import type { Failure } from "@aws-sdk/client-ecs";

/** What the reasons of RunTask failures mean (developer guide, "API failure reasons"). */
const meanings: readonly (readonly [pattern: RegExp, meaning: string])[] = [
  [/^RESOURCE:CPU/, "no container instance has enough free CPU units"],
  [/^RESOURCE:MEMORY/, "no container instance has enough free memory"],
  [/^RESOURCE:PORTS?/, "the host ports are taken on every container instance"],
  [/^RESOURCE:ENI/, "no container instance has a network interface left for an awsvpc task"],
  [/^RESOURCE:GPU/, "no container instance has enough free GPUs"],
  [/^RESOURCE/, "no container instance has enough of that resource free"],
  [/^AGENT/, "the ECS agent of the container instance is disconnected"],
  [/^LOCATION/, "the container instance is in another availability zone than the subnets"],
  [/^ATTRIBUTE/, "no container instance has an attribute that the task definition requires"],
  [/^EMPTY CAPACITY PROVIDER/i, "the capacity provider has no container instance"],
  [/^NO ACTIVE INSTANCES/i, "the capacity provider has no ACTIVE container instance"],
  [/^INACTIVE/, "the container instance was deregistered"],
  [/No Container Instances were found/i, "the cluster has no container instances; Fargate may be meant"],
  [/^Capacity is unavailable/i, "AWS has no such Fargate capacity in these availability zones now"],
];

/** One failure of a RunTask answer in words: the API's own, and what they mean. */
export function describeFailure({ arn, reason = "no reason given", detail }: Failure): string {
  const meaning = meanings.find(([pattern]) => pattern.test(reason))?.[1];
  const said = [reason, detail].filter(Boolean).join(" ");
  const where = arn === undefined ? "" : `${arn.split("/").at(-1)}: `;
  return meaning === undefined ? `${where}${said}` : `${where}${said} (${meaning})`;
}

/**
 * True for a shortage that AWS itself asks to try again: Fargate capacity. Full container instances are not one: they
 * stay full until somebody acts.
 */
export function passes({ reason = "" }: Failure): boolean {
  return /^Capacity is unavailable/i.test(reason);
}
