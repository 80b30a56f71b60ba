import type { TrafficTarget } from "#ship/delivery";
import type { AwsSession } from "../../session.ts";

/** Which deployment to lead. */
export interface NativeOptions {
  readonly cluster: string;
  readonly service: string;
  /** ARN of a service deployment found earlier; otherwise the one under way is looked for. */
  readonly deployment?: string | undefined;
  /** How long a step that bakes so many milliseconds may take, in milliseconds. */
  longest(duration: number): number;
}

/** A deployment found, and where its metrics are. ARNs. */
export interface NativeSplit {
  readonly target: TrafficTarget;
  readonly deployment: string;
  /** The listener rule that divides production traffic. */
  readonly listenerOrRule: string;
  readonly sides: { readonly kind: "target-groups"; readonly stable: string; readonly canary: string };
}

/** What a role needs for {@link openNativeTarget}: IAM actions. */
export const nativePermissions: readonly string[] = [
  "ecs:DescribeServices",
  "ecs:ListServiceDeployments",
  "ecs:DescribeServiceDeployments",
  "ecs:DescribeServiceRevisions",
  "ecs:ContinueServiceDeployment",
  "ecs:StopServiceDeployment",
  "elasticloadbalancing:DescribeTargetHealth",
];

/**
 * Finds the deployment of a service whose traffic Amazon ECS moves itself, and opens it as a traffic target; the SDK is
 * loaded only now.
 * @throws ShipError `NOT_FOUND` without a deployment to lead, `TARGET_AMBIGUOUS` when its releases cannot be told apart
 */
export async function openNativeTarget(
  session: AwsSession,
  options: NativeOptions,
  signal: AbortSignal,
): Promise<NativeSplit> {
  const { openDeployment } = await import("./open.ts");
  return openDeployment(session, options, signal);
}
