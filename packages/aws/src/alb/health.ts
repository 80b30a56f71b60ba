import type { Health } from "#ship/delivery";
import type { TargetHealth } from "../ecs/api/target-health.ts";

/** The health of a target group's targets; a group that fails open (`unavailable`) serves, and what drains is gone. */
export function groupHealth(all: readonly TargetHealth[]): Health {
  const targets = all.filter(({ state }) => state !== "draining");
  const isServing = (state: string) => state === "healthy" || state === "unavailable";
  const ailing = targets.filter(({ state }) => !isServing(state));
  return {
    healthy: targets.length - ailing.length,
    registered: targets.length,
    reasons: ailing.map(({ target, state, reason }) => `${target} is ${state}${reason && ` (${reason})`}`),
  };
}
