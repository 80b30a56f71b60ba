import type { Metrics } from "#ship/delivery";
import type { GoogleSession } from "../session.ts";
import type { CloudRunMetricsOptions } from "./metrics.ts";
import { monitoringPermission } from "./permissions.ts";

export type { CloudRunMetricsOptions } from "./metrics.ts";

/** What an identity needs for {@link openCloudRunMetrics}: IAM permissions. */
export const cloudRunMetricsPermissions: readonly string[] = [monitoringPermission];

/** The shortest bin Cloud Monitoring makes, in milliseconds (Monitoring API v3: Aggregation.alignmentPeriod). */
export const shortestMonitoringPeriod = 60_000;

/** Samples of Cloud Run are visible up to three minutes later (Google Cloud metrics list), and one more must be complete. Milliseconds. */
export const monitoringLag = 240_000;

/** Opens Cloud Monitoring as the evidence of two revisions; its schemas are loaded only now. */
export async function openCloudRunMetrics(
  session: GoogleSession,
  options: CloudRunMetricsOptions,
): Promise<Metrics> {
  const { createCloudRunMetrics } = await import("./metrics.ts");
  return createCloudRunMetrics(session, options);
}
