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
  NOTHING_TO_APPROVE: {
    kind: "conflict",
    title: "No rollout waits for an approval",
    explanation:
      "An approval is given to a step at which a rollout waits now; it is not kept for a step that has not come yet.",
    remedy: "Run this again when the canary's step says that it waits for an approval.",
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
  ROLLOUT_IN_PROGRESS: {
    kind: "conflict",
    title: "Another rollout is under way",
    explanation: "The target carries the record of a rollout that another run drives, or left on purpose.",
    remedy:
      "Wait for that run, or set `on-existing` to `rollback` (end it and begin anew) or `adopt` (carry it on).",
  },
  ROLLOUT_TAKEN_OVER: {
    kind: "conflict",
    title: "Another run has taken this rollout over",
    explanation:
      "The record in the target names another rollout now. This run stopped and left the traffic to that one.",
    remedy: "Follow the run named in the message; this one has nothing left to do.",
  },
  RELEASE_KNOWN_BAD: {
    kind: "conflict",
    title: "This release was rolled back before",
    explanation: "The target remembers that the evidence spoke against this very release.",
    remedy: "Release a repaired build, or set `force` to true to try the same one again.",
  },
  CREDENTIALS_TOO_SHORT: {
    kind: "denied",
    title: "The credentials would expire before the rollout ends",
    explanation:
      "A rollout keeps 15 minutes of valid credentials in hand to bring traffic back with. These expire before that.",
    remedy:
      "Let the action renew them itself (`role-to-assume` and `id-token: write`), or give them a longer life.",
  },
  JOB_TOO_SHORT: {
    kind: "input",
    title: "The rollout may take longer than its job",
    explanation: "A runner stops a job at its time limit, in the middle of a rollout if need be.",
    remedy:
      "Shorten `interval`, `max-step` or `bake`; or raise the job's `timeout-minutes` and say so with `job-timeout`.",
  },
} as const satisfies Record<string, ErrorDefinition>;
