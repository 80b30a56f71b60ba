import { ShipError } from "#ship/kit";
import type { DeploymentState } from "../api/service-deployments.ts";
import type { ServiceState } from "../api/services.ts";
import { sentences } from "../reasons/sentence.ts";
import { isCompleted } from "./completed.ts";

/** How a deployment ended, or that it is bound to fail. */
export type Verdict =
  /** With the number of tasks that the service wants by now. */
  | { readonly kind: "serving"; readonly desired: number }
  | { readonly kind: "rolled-back"; readonly reason: string }
  | { readonly kind: "rollback-failed"; readonly reason: string }
  | { readonly kind: "stopped"; readonly reason: string }
  | { readonly kind: "superseded"; readonly reason: string }
  | { readonly kind: "failing"; readonly reason: string };

/** A verdict other than success. */
export type Failure = Exclude<Verdict, { kind: "serving" }>;

/**
 * Judges a service deployment by its status (API reference, ServiceDeployment). Words that are not known count as "still
 * going on", so that a later API does not crash an older ship.
 */
export function judgeDeployment(
  state: DeploymentState,
  service: ServiceState,
  taskDefinition: string,
): Verdict | undefined {
  const reason = sentences(state.reason, rollbackText(state), alarmText(state.alarms));
  switch (state.status) {
    case "SUCCESSFUL":
      // A revision that served for a moment and is on its way out by now does not serve.
      return service.taskDefinition === taskDefinition
        ? { kind: "serving", desired: service.desired }
        : { kind: "superseded", reason: `The service now runs ${service.taskDefinition}.` };
    case "ROLLBACK_SUCCESSFUL":
      return { kind: "rolled-back", reason };
    case "ROLLBACK_FAILED":
      return { kind: "rollback-failed", reason };
    case "STOPPED":
      return isTakenOver(state, service, taskDefinition)
        ? { kind: "superseded", reason }
        : { kind: "stopped", reason };
    default:
      return undefined;
  }
}

/** What the rollout states of a service are judged against. */
export interface Expected {
  readonly taskDefinition: string;
  /** What served before; a return to it is a rollback, to anything else a takeover. */
  readonly previous: string | undefined;
  /** Ids of the rollouts that are not ours; ours is another one, unless nothing new was to begin. */
  readonly others: ReadonlySet<string>;
  /** True once our rollout was seen as the primary one, from the start when it had begun before this run. */
  readonly begun: boolean;
}

/** Judges by `deployments[].rolloutState`, for roles that may not read service deployments and for changes of scale alone. */
export function judgeRollouts(service: ServiceState, expected: Expected): Verdict | undefined {
  const primary = service.rollouts.find((rollout) => rollout.status === "PRIMARY");
  if (!primary) return undefined;
  const isOurs = primary.taskDefinition === expected.taskDefinition && !expected.others.has(primary.id);
  const steady =
    isCompleted(service, primary) && service.running >= service.desired && primary.running >= primary.desired;
  if (isOurs) {
    if (primary.state === "FAILED") return { kind: "stopped", reason: primary.reason };
    // Fewer tasks leave the rollout COMPLETED from the start: only their number tells that they are gone.
    return steady && service.running === service.desired
      ? { kind: "serving", desired: service.desired }
      : undefined;
  }
  if (!expected.begun && expected.others.has(primary.id)) return undefined;
  const ours = service.rollouts.find((rollout) => rollout.taskDefinition === expected.taskDefinition);
  if (primary.taskDefinition !== expected.previous)
    return { kind: "superseded", reason: `The service now runs ${primary.taskDefinition}.` };
  return steady ? { kind: "rolled-back", reason: ours?.reason || primary.reason } : undefined;
}

/**
 * A third revision as the primary one means that somebody deploys over ours, which Amazon ECS stops some time after that.
 * While it goes back by itself the primary revision is what served before, and none of this.
 */
export function takenOver(
  state: DeploymentState,
  service: ServiceState,
  { taskDefinition, previous, others }: Expected,
): Verdict | undefined {
  const primary = service.rollouts.find((rollout) => rollout.status === "PRIMARY");
  if (!primary || previous === undefined || state.status.startsWith("ROLLBACK")) return undefined;
  const isThird = ![taskDefinition, previous].includes(primary.taskDefinition) && !others.has(primary.id);
  return isThird
    ? { kind: "superseded", reason: `The service now runs ${primary.taskDefinition}.` }
    : undefined;
}

/** Says a failed verdict as an error; `revision` is our task definition. */
export function failureOf(verdict: Failure, revision: string, details: readonly string[]): ShipError {
  const because = verdict.reason === "" ? "" : ` ${verdict.reason}`;
  const name = revision.split("/").at(-1) ?? revision;
  switch (verdict.kind) {
    case "rolled-back":
      return new ShipError("DEPLOYMENT_ROLLED_BACK", `Amazon ECS took ${name} back.${because}`, { details });
    case "rollback-failed":
      return new ShipError(
        "DEPLOYMENT_FAILED",
        `${name} failed, and Amazon ECS could not bring the previous revision back.${because}`,
        { details },
      );
    case "stopped":
      return new ShipError("DEPLOYMENT_FAILED", `The deployment of ${name} was stopped.${because}`, {
        details,
      });
    case "superseded":
      return new ShipError("DEPLOYMENT_SUPERSEDED", `The deployment of ${name} was superseded.${because}`, {
        details,
      });
    default:
      return new ShipError("DEPLOYMENT_FAILED", `${name} does not come up.${because}`, { details });
  }
}

function isTakenOver(state: DeploymentState, service: ServiceState, taskDefinition: string): boolean {
  const { currentDeployment } = service;
  return (
    service.taskDefinition !== taskDefinition ||
    (currentDeployment !== undefined && currentDeployment !== state.arn)
  );
}

/** Amazon ECS often gives the same reason for the deployment and for its rollback. */
function rollbackText(state: DeploymentState): string {
  return state.rollbackReason === state.reason ? "" : state.rollbackReason;
}

function alarmText(alarms: readonly string[]): string {
  return alarms.length === 0 ? "" : `Alarms: ${alarms.join(", ")}.`;
}
