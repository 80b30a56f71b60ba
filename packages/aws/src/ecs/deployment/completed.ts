import type { Rollout, ServiceState } from "../api/services.ts";

/**
 * True when the scheduler is done with a rollout. Where an answer carries no rollout state, which the API model marks as
 * optional, this is what the waiter `services-stable` of the AWS SDKs takes for it: the only one, in full number.
 */
export function isCompleted(service: ServiceState, rollout: Rollout): boolean {
  if (rollout.state !== undefined) return rollout.state === "COMPLETED";
  return service.rollouts.length === 1 && service.running === service.desired;
}
