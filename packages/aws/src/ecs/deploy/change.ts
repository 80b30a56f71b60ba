import type { ServiceUpdate } from "../api/services.ts";
import { isCompleted } from "../deployment/completed.ts";
import type { ServiceWishes } from "./request.ts";
import type { Situation } from "./situation.ts";

/** What UpdateService has to do. */
export type Change =
  /** What was asked for is there and serves. */
  | { readonly kind: "nothing" }
  /** Our revision is already being rolled out, by a run that died or by hand: it only needs to be waited for. */
  | { readonly kind: "adopt" }
  | {
      readonly kind: "update";
      readonly update: ServiceUpdate;
      /** A deployment of our revision begins, or only the number of tasks or settings change. */
      readonly begins: "deployment" | "forced-deployment" | "no-deployment";
    };

/**
 * Decides what to send, which is never more than was asked for.
 * @param taskDefinition ARN to deploy; `undefined` when it is yet to be registered
 */
export function decideChange(
  situation: Situation,
  taskDefinition: string | undefined,
  wishes: ServiceWishes,
): Change {
  const { service, pair } = situation;
  // What a rollout is judging by now is not to be touched any more.
  if (pair?.rollout) return { kind: "nothing" };
  if (pair && pair.stable.taskDefinition === taskDefinition && !wishes.force) return { kind: "nothing" };
  const wanted = wishes.desired ?? pair?.stable.desired;
  const count = wanted === undefined ? {} : { desiredCount: wanted };
  const settings = configurationChange(situation, wishes);
  if (service.taskDefinition !== taskDefinition) {
    const definition = taskDefinition === undefined ? {} : { taskDefinition };
    return { kind: "update", update: { ...definition, ...count, ...settings }, begins: "deployment" };
  }
  const primary = service.rollouts.find((rollout) => rollout.status === "PRIMARY");
  // UpdateService with the revision a service already has starts nothing: a failed one needs force to be tried again.
  if (wishes.force || primary?.state === "FAILED") {
    return {
      kind: "update",
      update: { taskDefinition, ...count, ...settings },
      begins: "forced-deployment",
    };
  }
  if ((wanted !== undefined && wanted !== service.desired) || "deploymentConfiguration" in settings)
    return { kind: "update", update: { ...count, ...settings }, begins: "no-deployment" };
  const isSteady =
    primary !== undefined && isCompleted(service, primary) && service.running >= service.desired;
  return { kind: isSteady ? "nothing" : "adopt" };
}

/** The whole configuration with our members laid over it: whether ECS keeps members that are left out is not documented. */
function configurationChange(
  situation: Situation,
  wishes: ServiceWishes,
): Pick<ServiceUpdate, "deploymentConfiguration"> {
  const { configuration } = situation.service;
  const breaker = configuration.deploymentCircuitBreaker;
  const changesBreaker =
    wishes.breaker !== undefined &&
    (wishes.breaker !== (breaker?.enable ?? false) || wishes.breaker !== (breaker?.rollback ?? false));
  const changesStrategy =
    wishes.strategy === "rolling" && (configuration.strategy ?? "ROLLING") !== "ROLLING";
  if (!changesBreaker && !changesStrategy) return {};
  return {
    deploymentConfiguration: {
      ...configuration,
      ...(changesBreaker && {
        deploymentCircuitBreaker: {
          ...breaker,
          enable: wishes.breaker === true,
          rollback: wishes.breaker === true,
        },
      }),
      ...(changesStrategy && { strategy: "ROLLING" as const }),
    },
  };
}
