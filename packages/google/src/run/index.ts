import type { TrafficTarget } from "#ship/delivery";
import type { GoogleSession } from "../session.ts";
import { cloudRunPermissions } from "./permissions.ts";
import type { CloudRunSplit } from "./target.ts";

export { cloudRunGrain } from "./grain.ts";
export type { CloudRunSplit } from "./target.ts";

/** Opens the percentages of a Cloud Run service as a traffic target; its schemas are loaded only now. */
export async function openCloudRunTarget(
  session: GoogleSession,
  split: CloudRunSplit,
): Promise<TrafficTarget> {
  const { createCloudRunTarget } = await import("./target.ts");
  return createCloudRunTarget(session, split);
}

/** What an identity needs for {@link openCloudRunTarget}: IAM permissions. */
export const cloudRunTargetPermissions: readonly string[] = Object.values(cloudRunPermissions);
