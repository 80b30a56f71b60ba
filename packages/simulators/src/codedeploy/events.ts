import type { CodeDeployContext } from "./context.ts";
import type { Deployment } from "./model.ts";

const revisionOf = (deployment: Deployment) =>
  deployment.revision.spec.taskDefinition.split("/").at(-1) ?? "";
const serviceOf = ({ group }: Deployment) => `${group.cluster}/${group.service}`;

/** Tells that a deployment that somebody asked for has started. */
export function tellStart({ onEvent }: CodeDeployContext, deployment: Deployment): void {
  onEvent({
    kind: "deployment started",
    service: serviceOf(deployment),
    taskDefinition: revisionOf(deployment),
    strategy: deployment.configuration,
  });
}

/** Tells that it goes back, and why. */
export function tellRollback({ onEvent }: CodeDeployContext, failed: Deployment, rollback: Deployment): void {
  onEvent({
    kind: "rollback started",
    service: serviceOf(failed),
    taskDefinition: revisionOf(rollback),
    reason: failed.error?.message ?? "",
  });
}

/** Tells how it ended. */
export function tellEnd({ onEvent }: CodeDeployContext, deployment: Deployment): void {
  onEvent({
    kind: "deployment ended",
    service: serviceOf(deployment),
    taskDefinition: revisionOf(deployment),
    status: deployment.status,
    ...(deployment.error && { reason: deployment.error.message }),
  });
}
