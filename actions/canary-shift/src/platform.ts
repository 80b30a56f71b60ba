import { type AlbSplit, albGrain, albMetricsLag, isMetricPeriod } from "#ship/aws";
import {
  type CloudRunSplit,
  cloudRunGrain,
  isOverridden,
  monitoringLag,
  shortestMonitoringPeriod,
} from "#ship/google";
import type { Environment } from "#ship/kit";
import { prometheusLag } from "#ship/prometheus";
import type { NativeService } from "./native.ts";

/** What divides the traffic, and where. */
export type Platform =
  | { readonly kind: "ecs-alb"; readonly split: AlbSplit }
  | { readonly kind: "ecs-native"; readonly service: NativeService }
  | { readonly kind: "cloud-run"; readonly split: CloudRunSplit };

/** Where the evidence comes from. */
export type MetricsSource = "cloudwatch" | "cloud-monitoring" | "prometheus";

/** What a platform's traffic can express. */
export interface Grain {
  /** The smallest share it tells apart, a fraction. */
  readonly share: number;
  /** Who cannot tell finer ones apart, and what to do about it. */
  readonly who: string;
  readonly advice: string;
}

export function grainOf(kind: Platform["kind"]): Grain {
  return kind === "cloud-run"
    ? { share: cloudRunGrain, who: "the percentages of Cloud Run", advice: "use steps of 1" }
    : { share: albGrain, who: "the weights of a load balancer", advice: "use steps of 0.1" };
}

/** The source that a platform's own cloud has. */
export function sourceOf(kind: Platform["kind"]): MetricsSource {
  return kind === "cloud-run" ? "cloud-monitoring" : "cloudwatch";
}

/** How old a bin must be to be complete when nobody says otherwise, in milliseconds. */
export function usualLag(source: MetricsSource): number {
  const lags = { cloudwatch: albMetricsLag, "cloud-monitoring": monitoringLag, prometheus: prometheusLag };
  return lags[source];
}

/** What is wrong with a length of a bin, in milliseconds; `undefined` for one that the source takes. */
export function problemOfPeriod(
  source: MetricsSource,
  period: number,
  environment: Environment,
): string | undefined {
  if (source === "prometheus") return undefined;
  if (source === "cloudwatch")
    return isMetricPeriod(period) ? undefined : "CloudWatch takes 1s, 5s, 10s, 20s, 30s and whole minutes";
  // What stands behind an address of one's own may well be finer, and says so itself when it is not.
  return period >= shortestMonitoringPeriod || isOverridden("monitoring", environment)
    ? undefined
    : "Cloud Monitoring makes no bins shorter than 60s";
}
