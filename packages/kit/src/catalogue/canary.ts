import type { ErrorDefinition } from "../errors.ts";

/** Canary rollouts. */
export const canaryErrors = {
  CANARY_ROLLED_BACK: {
    kind: "unhealthy",
    title: "The canary was rolled back",
    explanation: "A gate failed on the evidence shown, and all traffic went back to the stable release.",
    remedy: "Read the gate's value against its limit in the summary; production runs the stable release.",
  },
  CANARY_INCONCLUSIVE: {
    kind: "timeout",
    title: "There was not enough evidence to go on",
    explanation:
      "Metrics were missing, late, or too few for a verdict within the limit. Missing evidence never promotes.",
    remedy: "Check that the metrics arrive, lower `min-requests`, or give the step more time.",
  },
  CANARY_UNHEALTHY: {
    kind: "unhealthy",
    title: "The canary has no healthy capacity",
    explanation: "Before traffic is moved the canary must have healthy targets; it has none, or too few.",
    remedy: "See the health check reasons in the details.",
  },
  TRAFFIC_DRIFTED: {
    kind: "conflict",
    title: "Someone else changed the traffic split",
    explanation: "The weights found differ from the weights this rollout wrote last.",
    remedy: "Find out who writes them (infrastructure as code often does), then run again.",
  },
  TRAFFIC_NOT_APPLIED: {
    kind: "provider",
    title: "The platform did not carry out a change of traffic",
    explanation: "The new split was accepted, but it failed or was not in force within the limit.",
    remedy: "Read the platform's own words in the message; all traffic goes back to the stable release.",
  },
  ROLLBACK_FAILED: {
    kind: "provider",
    title: "Traffic could not be brought back",
    explanation: "The rollback call failed through all retries. Production may be half-shifted.",
    remedy: "Run the command in the details now.",
  },
} as const satisfies Record<string, ErrorDefinition>;
