import { type ActionOutcome, type OutputValues, type PipelineReport, ShipError } from "#ship/kit";
import { codeDeployConsoleUrl } from "../../codedeploy/console.ts";
import { sentences } from "../reasons/sentence.ts";
import { taskOutputs } from "../run-task/outcome.ts";
import { consoleDomain } from "./console.ts";
import type { Journal } from "./journal.ts";
import type { DeployRequest } from "./request.ts";
import { summaryOf } from "./summary.ts";

/** How a deployment ended, as the `result` output says it. */
export type Result =
  | "deployed"
  | "unchanged"
  | "registered"
  | "task-succeeded"
  | "planned"
  | "rolled-back"
  | "cancelled"
  | "failed";

/** Turns what happened into outputs, summary and failure. */
export function outcomeOf(
  request: DeployRequest,
  journal: Journal,
  report: PipelineReport,
  region: string,
): ActionOutcome {
  const failure = report.failure && finalFailure(report.failure, journal);
  const result = resultOf(request, journal, failure);
  return {
    outputs: { ...outputsOf(journal, region), result },
    summary: summaryOf(request, journal, report, result, failure),
    ...(failure && { failure }),
  };
}

function resultOf(request: DeployRequest, journal: Journal, failure: ShipError | undefined): Result {
  if (failure) {
    if (journal.restored && !hasFailedToReturn(journal)) return "rolled-back";
    return failure.kind === "cancelled" ? "cancelled" : "failed";
  }
  if (request.mode === "plan") return "planned";
  if (request.target.kind === "none") {
    if (request.task?.after === "wait") return "task-succeeded";
    return journal.plan?.action === "use" && !request.task ? "unchanged" : "registered";
  }
  return journal.change?.kind === "nothing" ? "unchanged" : "deployed";
}

/** A rollback that Amazon ECS could not finish is a failure, also where the previous revision serves again. */
function hasFailedToReturn({ unreturned, insisted }: Journal): boolean {
  return unreturned === true || insisted === true;
}

/** `DEPLOYMENT_ROLLED_BACK` is said only when the previous revision was seen to serve; who began the rollback stays in the text. */
function finalFailure(failure: ShipError, journal: Journal): ShipError {
  if (failure.kind === "cancelled" || failure.code === "UNDO_INCOMPLETE") return failure;
  const { message, details } = failure;
  if (journal.left && failure.code !== "DEPLOYMENT_SUPERSEDED")
    return new ShipError(
      failure.code === "DEPLOYMENT_ROLLED_BACK" ? "DEPLOYMENT_FAILED" : failure.code,
      sentences(message, leftOver(journal)),
      { details, cause: failure, hint: failure.hint },
    );
  if (journal.restored) {
    const previous = journal.situation?.pair
      ? `${journal.situation.pair.idle.name} is as it was before, without traffic`
      : `${journal.situation?.previous?.split("/").at(-1) ?? "The previous revision"} serves again`;
    const isRelease = failure.kind === "unhealthy" || failure.kind === "timeout";
    const code = hasFailedToReturn(journal) ? failure.code : "DEPLOYMENT_ROLLED_BACK";
    const rollback = journal.insisted
      ? "Amazon ECS could not bring the previous revision back (ROLLBACK_FAILED), so it was deployed again"
      : "";
    return new ShipError(code, sentences(message, rollback, previous), {
      details,
      cause: failure,
      ...(!isRelease && { hint: failure.hint }),
    });
  }
  return failure.code === "DEPLOYMENT_ROLLED_BACK"
    ? new ShipError("DEPLOYMENT_FAILED", sentences(message, "The previous revision was not seen to serve"), {
        details,
        cause: failure,
      })
    : failure;
}

function leftOver({ created, situation }: Journal): string {
  return created
    ? `This run created ${situation?.service.name}, so nothing served before it: the service stays, and the next run puts its revision on it`
    : "The failed deployment is left as it is";
}

function outputsOf(journal: Journal, region: string): OutputValues {
  const { situation, plan } = journal;
  const pair = situation?.pair;
  const servesAlready = pair !== undefined && pair.stable.taskDefinition === journal.taskDefinition;
  const [candidate, stable] = servesAlready ? [pair.stable, pair.idle] : [pair?.idle, pair?.stable];
  return {
    "task-definition-arn": journal.taskDefinition ?? (plan?.action === "use" ? plan.arn : undefined),
    "task-definition": journal.rendered,
    "service-arn": situation?.service.arn,
    "service-deployment-arn": journal.serviceDeployment,
    "lifecycle-stage": journal.reached,
    "previous-task-definition-arn": pair ? pair.stable.taskDefinition : situation?.previous,
    candidate: candidate?.name,
    stable: stable?.name,
    ...(journal.task && taskOutputs(journal.task)),
    "codedeploy-deployment-id": journal.codeDeployment,
    "console-url": consolePage(journal, region),
  };
}

/** The page that shows best what happened: the deployment's, the service's or the task's. */
function consolePage({ codeDeployment, situation, task }: Journal, region: string): string | undefined {
  if (codeDeployment !== undefined) return codeDeployConsoleUrl(codeDeployment, region);
  return situation
    ? consoleUrl(situation.service.clusterArn, situation.service.name, region)
    : task?.links[0];
}

function consoleUrl(clusterArn: string, service: string, region: string): string {
  const cluster = clusterArn.split("/").at(-1) ?? "default";
  const domain = consoleDomain(region);
  return `https://${region}.console.${domain}/ecs/v2/clusters/${encodeURIComponent(cluster)}/services/${encodeURIComponent(service)}/health?region=${region}`;
}
