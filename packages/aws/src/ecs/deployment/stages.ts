import type { DeploymentState } from "../api/service-deployments.ts";

/**
 * Lifecycle stages in the order a deployment goes through them. PRE_PRODUCTION_TRAFFIC_SHIFT stands in the developer guide
 * and among the stages of hooks, though not in the API's list of a deployment's stages.
 */
export const lifecycleStages: readonly string[] = [
  "RECONCILE_SERVICE",
  "PRE_SCALE_UP",
  "SCALE_UP",
  "POST_SCALE_UP",
  "TEST_TRAFFIC_SHIFT",
  "POST_TEST_TRAFFIC_SHIFT",
  "PRE_PRODUCTION_TRAFFIC_SHIFT",
  "PRODUCTION_TRAFFIC_SHIFT",
  "POST_PRODUCTION_TRAFFIC_SHIFT",
  "BAKE_TIME",
  "CLEAN_UP",
];

/**
 * True when a deployment that leads forward has come to the stage, or is beyond it. A word that is not known is no stage
 * that could be compared: it is reached only by itself. The bake time of a rolling deployment is no stage to stop at: it
 * stands by for alarms, and no earlier revision stands by with it.
 * @param strategy the service's, for answers that leave out the deployment's own
 */
export function hasReached(state: DeploymentState, wanted: string, strategy: string | undefined): boolean {
  const { status, stage, configuration } = state;
  if (stage === undefined || status !== "IN_PROGRESS") return false;
  const isRolling = (configuration.strategy ?? strategy ?? "ROLLING") === "ROLLING";
  if (isRolling && wanted === "BAKE_TIME") return false;
  if (stage === wanted) return true;
  const [now, then] = [lifecycleStages.indexOf(stage), lifecycleStages.indexOf(wanted)];
  return now !== -1 && now >= then;
}
