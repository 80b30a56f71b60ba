import { ShipError } from "#ship/kit";
import { type Caller, createCaller, under } from "../ecs/api/caller.ts";
import { describeServices, updateService } from "../ecs/api/services.ts";
import type { AwsSession } from "../session.ts";
import type { SplitGroups } from "./actions.ts";

/** The two releases: by their target groups, or by the two services whose target groups they are. */
export type SplitSides =
  | { readonly kind: "target-groups"; readonly stable: string; readonly canary: string }
  | { readonly kind: "services"; readonly cluster: string; readonly stable: string; readonly canary: string };

/** What is known of the two releases. */
export interface Sides {
  /** What people call them: service names, or the names of target groups. */
  readonly names: SplitGroups;
  /** ARNs. */
  readonly groups: SplitGroups;
  /** ARNs of the task definitions that the services run; absent where only target groups are known. */
  readonly releases?: SplitGroups;
  /** Scales a release's service to nothing; does nothing where only target groups are known. */
  scaleAway(name: string, signal?: AbortSignal): Promise<void>;
}

/**
 * Finds the target groups of the two releases.
 * @throws ShipError `NOT_FOUND` for a missing service, `TARGET_AMBIGUOUS` when a service has no target group or several
 */
export async function findSides(session: AwsSession, sides: SplitSides, signal: AbortSignal): Promise<Sides> {
  if (sides.kind === "target-groups") {
    const groups = { stable: sides.stable, canary: sides.canary };
    return {
      groups,
      names: { stable: groupName(sides.stable), canary: groupName(sides.canary) },
      scaleAway: async () => {},
    };
  }
  const caller = createCaller(session);
  const { cluster } = sides;
  const names = { stable: sides.stable, canary: sides.canary };
  const { groups, releases } = await lookUp(under(caller, signal), cluster, names);
  return {
    names,
    groups,
    releases,
    async scaleAway(service, scaleSignal) {
      const calling = scaleSignal ? under(caller, scaleSignal) : caller;
      await updateService(calling, { cluster, service }, { desiredCount: 0 });
    },
  };
}

async function lookUp(
  caller: Caller,
  cluster: string,
  names: SplitGroups,
): Promise<{ readonly groups: SplitGroups; readonly releases: SplitGroups }> {
  const services = await describeServices(caller, cluster, [names.stable, names.canary]);
  const [stable, canary] = services.map((service) => {
    const [group, ...more] = service.targetGroups;
    if (group === undefined || more.length > 0) {
      throw new ShipError(
        "TARGET_AMBIGUOUS",
        `The service ${service.name} has ${service.targetGroups.length} target groups; a split needs exactly one each.`,
        { hint: "Give `stable-target-group` and `canary-target-group` instead of the services." },
      );
    }
    return { group, release: service.taskDefinition };
  });
  if (stable === undefined || canary === undefined || stable.group === canary.group) {
    throw new ShipError(
      "TARGET_AMBIGUOUS",
      `The services ${names.stable} and ${names.canary} stand behind the same target group ${stable?.group}.`,
      { hint: "Give each of the two services a target group of its own." },
    );
  }
  return {
    groups: { stable: stable.group, canary: canary.group },
    releases: { stable: stable.release, canary: canary.release },
  };
}

/** `targetgroup/<name>/<id>` is the end of a target group's ARN. */
function groupName(arn: string): string {
  return arn.split("/")[1] ?? arn;
}
