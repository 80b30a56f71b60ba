import type { TrafficTarget } from "#ship/delivery";
import type { AwsSession } from "../session.ts";
import type { AlbSplit } from "./target.ts";

export type { SplitPlace } from "./rule.ts";
export type { SplitSides } from "./sides.ts";
export type { AlbSplit } from "./target.ts";
export { albGrain } from "./weights.ts";

/** Opens the weights of an application load balancer as a traffic target; the SDK is loaded only now. */
export async function openAlbTarget(session: AwsSession, split: AlbSplit): Promise<TrafficTarget> {
  const { createAlbTarget } = await import("./target.ts");
  return createAlbTarget(session, split);
}

/** What a role needs for {@link openAlbTarget}: IAM actions. */
export function albPermissions({ place, sides }: AlbSplit): readonly string[] {
  const [read, write] =
    place.kind === "rule"
      ? ["elasticloadbalancing:DescribeRules", "elasticloadbalancing:ModifyRule"]
      : ["elasticloadbalancing:DescribeListeners", "elasticloadbalancing:ModifyListener"];
  const services = sides.kind === "services" ? ["ecs:DescribeServices", "ecs:UpdateService"] : [];
  return [read, write, "elasticloadbalancing:DescribeTargetHealth", ...services];
}
