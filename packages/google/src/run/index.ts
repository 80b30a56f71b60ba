import type { GoogleSession } from "../session.ts";
import { cloudRunPermissions } from "./permissions.ts";
import type { CloudRunRollout, CloudRunSplit } from "./target.ts";

export { cloudRunGrain } from "./grain.ts";
export type { CloudRunRollout, CloudRunSplit } from "./target.ts";

/** Opens a Cloud Run service for a rollout; its schemas are loaded only now. */
export async function openCloudRun(session: GoogleSession, split: CloudRunSplit): Promise<CloudRunRollout> {
  const { createCloudRunRollout } = await import("./target.ts");
  return createCloudRunRollout(session, split);
}

/** What an identity needs for {@link openCloudRunTarget}: IAM permissions. */
export const cloudRunTargetPermissions: readonly string[] = Object.values(cloudRunPermissions);
