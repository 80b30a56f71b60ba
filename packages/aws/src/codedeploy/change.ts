import type { ServiceUpdate } from "../ecs/api/services.ts";
import type { CodeDeployment } from "./api/deployments.ts";
import type { CodeDeployJob } from "./job.ts";
import { serviceUpdateOf } from "./service-update.ts";
import { type CodeDeploySituation, deploys } from "./situation.ts";

/** What there is to do: nothing, to wait for a deployment of this revision that is under way, or to begin one. */
export type CodeDeployChange =
  | { readonly kind: "nothing" }
  /** The number of tasks, or other settings that do not belong to a revision. */
  | { readonly kind: "scale"; readonly update: ServiceUpdate }
  | { readonly kind: "adopt"; readonly deployment: string; readonly update: ServiceUpdate | undefined }
  | { readonly kind: "deploy"; readonly update: ServiceUpdate | undefined };

/** Decides what to do about a situation. */
export function decideCodeDeployChange(job: CodeDeployJob, found: CodeDeploySituation): CodeDeployChange {
  const { request } = job;
  const taskDefinition = job.taskDefinition();
  const update = serviceUpdateOf(found.service, request);
  const adopted = adoptable(job, found);
  if (adopted) return { kind: "adopt", deployment: adopted.id, update };
  if (taskDefinition === undefined || found.serving !== taskDefinition || request.force)
    return { kind: "deploy", update };
  return update === undefined ? { kind: "nothing" } : { kind: "scale", update };
}

/**
 * The deployment under way when it deploys this very revision. Whoever forces a deployment wants a new one, unless it is
 * our own whose answer was lost.
 */
export function adoptable(
  { request, journal, taskDefinition }: CodeDeployJob,
  { active, service }: CodeDeploySituation,
): CodeDeployment | undefined {
  if (!active || !deploys(active, taskDefinition(), service)) return undefined;
  const { lastAttempt } = journal;
  const isNewer = active.id !== lastAttempt?.id;
  return request.force && !isNewer ? undefined : active;
}
