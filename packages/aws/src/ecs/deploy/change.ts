import type { ServiceUpdate } from "../api/services.ts";
import { isCompleted } from "../deployment/completed.ts";
import type { Fields } from "../task-definition/schema.ts";
import type { ServiceWishes } from "./request.ts";
import { beginsDeployment, changedConfiguration, changedMembers, formerMembers } from "./settings.ts";
import type { Situation } from "./situation.ts";

/** What UpdateService has to do. */
export type Change =
  /** What was asked for is there and serves. */
  | { readonly kind: "nothing" }
  /** Our revision is already being rolled out, by a run that died or by hand: it only needs to be waited for. */
  | { readonly kind: "adopt" }
  /** The service did not exist and was created with our revision. */
  | { readonly kind: "create" }
  | {
      readonly kind: "update";
      readonly update: ServiceUpdate;
      /** A deployment of our revision begins, or only the number of tasks or settings change. */
      readonly begins: "deployment" | "forced-deployment" | "no-deployment";
      /** What the service had where a change of it begins a deployment: for the way back. */
      readonly former: Fields;
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
  const members = changedMembers(service, wishes.members);
  const configuration = changedConfiguration(service, wishes.configuration);
  const settings = { ...members, ...(configuration && { deploymentConfiguration: configuration }) };
  const former = formerMembers(service, members);
  if (service.taskDefinition !== taskDefinition) {
    const definition = taskDefinition === undefined ? {} : { taskDefinition };
    return { kind: "update", update: { ...definition, ...count, ...settings }, begins: "deployment", former };
  }
  const primary = service.rollouts.find((rollout) => rollout.status === "PRIMARY");
  // UpdateService with the revision a service already has starts nothing: a failed one needs force to be tried again.
  if (wishes.force || primary?.state === "FAILED") {
    return {
      kind: "update",
      update: { taskDefinition, ...count, ...settings },
      begins: "forced-deployment",
      former,
    };
  }
  if (beginsDeployment(members))
    return { kind: "update", update: { ...count, ...settings }, begins: "deployment", former };
  if ((wanted !== undefined && wanted !== service.desired) || Object.keys(settings).length > 0)
    return { kind: "update", update: { ...count, ...settings }, begins: "no-deployment", former };
  const isSteady =
    primary !== undefined && isCompleted(service, primary) && service.running >= service.desired;
  return { kind: isSteady ? "nothing" : "adopt" };
}
