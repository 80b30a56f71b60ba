import { formatDuration, ShipError } from "#ship/kit";
import type { DeploymentState } from "../api/service-deployments.ts";
import type { ServiceState } from "../api/services.ts";
import { judgeDeployment } from "../deployment/verdict.ts";
import type { NativeSides } from "./sides.ts";

/** How a deployment stands with the traffic. `ended` left it where it was: with rollback off, or when that failed too. */
export type Standing =
  | { readonly kind: "forward"; readonly words: string }
  | { readonly kind: "finished" }
  | { readonly kind: "returning" | "returned" | "superseded" | "ended"; readonly reason: string };

const over = ["SUCCESSFUL", "STOPPED", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED"];
const goingBack = ["ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS"];

/** True for a deployment that never moves again (API reference: ServiceDeploymentStatus). */
export function isOver({ status }: DeploymentState): boolean {
  return over.includes(status);
}

/** Reads a deployment's status; words that are not known count as still going on. `now` is milliseconds since the epoch. */
export function standingOf(
  state: DeploymentState,
  service: ServiceState,
  { canary }: NativeSides,
  now: number,
): Standing {
  if (goingBack.includes(state.status))
    return { kind: "returning", reason: state.reason || state.rollbackReason || "it was asked to" };
  const verdict = judgeDeployment(state, service, canary.taskDefinition);
  if (!verdict) return { kind: "forward", words: describe(state, now) };
  switch (verdict.kind) {
    case "serving":
      return { kind: "finished" };
    case "rolled-back":
      return { kind: "returned", reason: verdict.reason };
    case "superseded":
      return { kind: "superseded", reason: verdict.reason };
    default:
      return { kind: "ended", reason: verdict.reason };
  }
}

/** The error for a deployment that does not lead forward any more. */
export function refusal(
  standing: Exclude<Standing, { kind: "forward" | "finished" }>,
  name: string,
): ShipError {
  const { kind, reason } = standing;
  switch (kind) {
    case "superseded":
      return new ShipError("DEPLOYMENT_SUPERSEDED", `The deployment of ${name} was superseded. ${reason}`);
    case "ended":
      return new ShipError(
        "DEPLOYMENT_FAILED",
        `The deployment of ${name} has ended without a rollback, and cannot be stopped any more. ${reason}`,
      );
    default:
      return new ShipError("CANARY_ROLLED_BACK", `Amazon ECS took ${name} back. ${reason}`);
  }
}

function describe(state: DeploymentState, now: number): string {
  const [hook] = state.waiting;
  const stage = state.stage ?? state.status;
  if (!hook) return `Amazon ECS is at ${stage}, ${state.running} of ${state.requested} tasks running`;
  const limit =
    hook.expiresAt === undefined
      ? ""
      : `; ${hook.timeoutAction} in ${formatDuration(Math.max(0, Math.ceil((hook.expiresAt - now) / 60_000) * 60_000))}`;
  return `Amazon ECS waits at ${stage}${limit}`;
}
