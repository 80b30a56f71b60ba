import type { AwsSession } from "../session.ts";

/** Who the session acts as. */
export interface CallerIdentity {
  readonly account: string;
  readonly arn: string;
}

/** A service that was asked for. */
export interface FoundService {
  readonly name: string;
  /** ECS's own word, or `MISSING`. */
  readonly status: string;
  readonly running: number;
  readonly desired: number;
}

/** Asks STS who this is; also proves that the credentials work. @throws ShipError in STS's words */
export async function callerIdentity(session: AwsSession): Promise<CallerIdentity> {
  return (await import("./sts.ts")).callerIdentity(session);
}

/** Looks services up, ten at a time as ECS allows. @throws ShipError in ECS's words */
export async function findServices(
  cluster: string,
  services: readonly string[],
  session: AwsSession,
): Promise<readonly FoundService[]> {
  return (await import("./ecs.ts")).findServices(cluster, services, session);
}

/** Target groups a listener rule forwards to. @throws ShipError in the load balancer's words */
export async function ruleTargetGroups(ruleArn: string, session: AwsSession): Promise<readonly string[]> {
  return (await import("./elbv2.ts")).ruleTargetGroups(ruleArn, session);
}
