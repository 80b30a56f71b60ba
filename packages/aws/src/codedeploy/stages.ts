import type { CodeDeployment } from "./api/deployments.ts";
import type { EcsTarget } from "./api/targets.ts";

/** Lifecycle stages of ECS by the CodeDeploy event that does the same. */
const events: Readonly<Record<string, string>> = {
  RECONCILE_SERVICE: "BeforeInstall",
  PRE_SCALE_UP: "BeforeInstall",
  SCALE_UP: "Install",
  POST_SCALE_UP: "AfterInstall",
  TEST_TRAFFIC_SHIFT: "AllowTestTraffic",
  POST_TEST_TRAFFIC_SHIFT: "AfterAllowTestTraffic",
  PRE_PRODUCTION_TRAFFIC_SHIFT: "BeforeAllowTraffic",
  PRODUCTION_TRAFFIC_SHIFT: "AllowTraffic",
  POST_PRODUCTION_TRAFFIC_SHIFT: "AfterAllowTraffic",
};
/** In the order they happen; groups without a test listener have fewer. */
const order = [
  "BeforeInstall",
  "Install",
  "AfterInstall",
  "AllowTestTraffic",
  "AfterAllowTestTraffic",
  "BeforeAllowTraffic",
  "AllowTraffic",
  "AfterAllowTraffic",
];
const begun = new Set(["InProgress", "Succeeded"]);

/**
 * True once a deployment has come to a stage. `BAKE_TIME` is the wait with the original tasks still kept; a deployment in
 * Ready, which waits for ContinueDeployment, has come to `PRE_PRODUCTION_TRAFFIC_SHIFT`.
 */
export function hasReached(
  stage: string,
  deployment: CodeDeployment,
  target: EcsTarget | undefined,
): boolean {
  if (deployment.status === "Succeeded") return true;
  if (stage === "BAKE_TIME")
    return deployment.keepsOriginal || isDone(target, "AfterAllowTraffic") || deployment.status === "Baking";
  if (stage === "PRE_PRODUCTION_TRAFFIC_SHIFT" && deployment.status === "Ready") return true;
  const from = order.indexOf(events[stage] ?? "");
  return (
    from !== -1 &&
    (target?.events ?? []).some(({ name, status }) => begun.has(status) && order.indexOf(name) >= from)
  );
}

const isDone = (target: EcsTarget | undefined, name: string) =>
  target?.events.some((event) => event.name === name && event.status === "Succeeded") ?? false;
