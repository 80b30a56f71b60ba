import type { ReconcilePlace, TrafficTarget } from "#ship/delivery";
import type { AwsSession } from "../session.ts";
import type { PlacesToLook } from "./places.ts";
import type { AlbRollout } from "./rollout.ts";
import type { AlbSplit } from "./target.ts";

export type { AlbRollout } from "./rollout.ts";
export type { SplitPlace } from "./rule.ts";
export type { SplitSides } from "./sides.ts";
export type { AlbSplit } from "./target.ts";
export { albGrain } from "./weights.ts";

/** Opens the weights of an application load balancer for a rollout; the SDK is loaded only now. */
export async function openAlbRollout(session: AwsSession, split: AlbSplit): Promise<AlbRollout> {
  const { createAlbRollout } = await import("./rollout.ts");
  return createAlbRollout(session, split);
}

/** Finds the rules and listeners in which a rollout may have been left behind; the SDK is loaded only now. */
export async function findAlbPlaces(
  session: AwsSession,
  look: PlacesToLook,
  signal: AbortSignal,
): Promise<readonly ReconcilePlace[]> {
  const places = await import("./places.ts");
  return places.findAlbPlaces(session, look, signal);
}

/** Opens the weights of an application load balancer as a traffic target alone. */
export async function openAlbTarget(session: AwsSession, split: AlbSplit): Promise<TrafficTarget> {
  return (await openAlbRollout(session, split)).target;
}

/** What a role needs for {@link openAlbRollout} without a timer: IAM actions. */
export function albPermissions({ place, sides }: AlbSplit): readonly string[] {
  const [read, write] =
    place.kind === "rule"
      ? ["elasticloadbalancing:DescribeRules", "elasticloadbalancing:ModifyRule"]
      : ["elasticloadbalancing:DescribeListeners", "elasticloadbalancing:ModifyListener"];
  const services = sides.kind === "services" ? ["ecs:DescribeServices", "ecs:UpdateService"] : [];
  const tags = ["DescribeTags", "AddTags", "RemoveTags"].map((action) => `elasticloadbalancing:${action}`);
  return [read, write, "elasticloadbalancing:DescribeTargetHealth", ...tags, ...services];
}
