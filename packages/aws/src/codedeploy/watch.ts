import { createProgress, formatDuration, ShipError } from "#ship/kit";
import { describeService } from "../ecs/api/services.ts";
import { primaryOf } from "../ecs/api/task-sets.ts";
import { lookUntil } from "../ecs/deployment/look.ts";
import { isClosed } from "../errors.ts";
import { type CodeDeployment, getDeployment } from "./api/deployments.ts";
import { type EcsTarget, targetReader } from "./api/targets.ts";
import { taskSetCrashes } from "./crashes.ts";
import { budgetOf, type CodeDeployJob, timeLeft } from "./job.ts";
import { nameIn } from "./situation.ts";
import { hasReached } from "./stages.ts";

/** How a deployment ended, or that it is bound to fail. */
export type CodeDeployVerdict =
  | { readonly kind: "serving"; readonly desired: number }
  | { readonly kind: "reached"; readonly stage: string; readonly status: string }
  /** It succeeded, and another revision serves all the same. */
  | { readonly kind: "superseded"; readonly reason: string; readonly serving: string }
  | { readonly kind: "stopped" | "failing"; readonly reason: string; readonly details: readonly string[] };

/** DescribeServices may show what was before for so long, in milliseconds. */
const staleFor = 30_000;

/**
 * Follows a deployment to its end, or to the stage that is waited for. It counts once our revision is seen in the
 * PRIMARY task set; a deployment whose tasks keep crashing is given up long before CodeDeploy's own hour.
 * @throws ShipError `DEPLOYMENT_TIMEOUT`
 */
export async function awaitCodeDeployment(
  job: CodeDeployJob,
  id: string,
  ours: string,
  signal: AbortSignal,
): Promise<CodeDeployVerdict> {
  const { caller, codeDeploy, request } = job;
  const { clock, log } = caller.session;
  const { until, every } = request.waiting;
  const progress = createProgress(log, clock);
  const crashes = taskSetCrashes(caller, request.address, ours);
  const isServing = servingJudge(job, ours);
  const targets = targetReader(codeDeploy, id);
  let closed = false;
  let readySaid = false;
  let kept: EcsTarget | undefined;
  let said = "nothing was seen of it";

  const targetOf = async (deployment: CodeDeployment): Promise<EcsTarget | undefined> => {
    if (closed || deployment.status === "Created" || deployment.status === "Queued") return undefined;
    // Every event is over by then, and the wait may last for days.
    if (deployment.keepsOriginal && !deployment.isOver && kept) return kept;
    const target = await targets.read().catch((error: unknown) => {
      if (!isClosed(error)) throw error;
      closed = true;
      log.warning(
        `Lifecycle events cannot be read (${error.message}); the deployment's status alone is watched.`,
      );
      return undefined;
    });
    if (deployment.keepsOriginal) kept = target;
    return target;
  };
  const look = async (): Promise<CodeDeployVerdict | undefined> => {
    const deployment = await getDeployment(codeDeploy, id);
    const target = await targetOf(deployment);
    said = describe(deployment, target);
    progress.update(said);
    if (deployment.status === "Ready" && !readySaid) sayReady(job, id);
    readySaid ||= deployment.status === "Ready";
    if (deployment.status === "Succeeded") return isServing();
    if (deployment.isOver) return ended(deployment, target);
    if (until.kind === "stage" && hasReached(until.stage, deployment, target))
      return { kind: "reached", stage: until.stage, status: deployment.status };
    const installs = target?.events.some(({ name, status }) => name === "Install" && status === "InProgress");
    const reason = installs && target?.replacement ? await crashes(target.replacement) : undefined;
    return reason === undefined ? undefined : { kind: "failing", reason, details: [] };
  };

  return lookUntil(caller, look, {
    every,
    timeout: timeLeft(job),
    signal,
    late: (blamed) =>
      new ShipError(
        "DEPLOYMENT_TIMEOUT",
        blamed(
          `${id} had not brought ${nameIn(ours)} into service after ${formatDuration(budgetOf(job.journal.situation, request))}; last seen: ${said}.`,
        ),
      ),
  });
}

/** One line: `d-1 InProgress: AllowTraffic, 2 of 2 tasks, 10 % of the traffic`. */
function describe(deployment: CodeDeployment, target: EcsTarget | undefined): string {
  const event =
    target?.events.find(({ status }) => status === "InProgress") ??
    target?.events.findLast(({ status }) => status === "Succeeded" || status === "Failed");
  const { replacement } = target ?? {};
  const parts = [
    ...(deployment.keepsOriginal && !deployment.isOver ? ["waiting to end the original tasks"] : []),
    ...(event && !deployment.keepsOriginal
      ? [event.status === "Failed" ? `${event.name} failed` : event.name]
      : []),
    ...(replacement ? [`${replacement.running} of ${replacement.desired} new tasks`] : []),
    ...(replacement ? [`${replacement.traffic} % of the traffic`] : []),
  ];
  return parts.length === 0
    ? `${deployment.id} ${deployment.status}`
    : `${deployment.id} ${deployment.status}: ${parts.join(", ")}`;
}

function sayReady(job: CodeDeployJob, id: string): void {
  const wait = formatDuration(job.journal.situation?.group.readyWait ?? 0);
  job.run.log.notice(
    `${id} is Ready: the new tasks have test traffic only. It goes on when ContinueDeployment (READY_WAIT) is called, and is stopped after ${wait}.`,
  );
}

/** Success is what ECS shows, not what CodeDeploy says; where it shows no task sets, CodeDeploy's word has to do. */
function servingJudge({ caller, request, journal }: CodeDeployJob, ours: string) {
  const { clock } = caller.session;
  let succeededAt: number | undefined;
  return async (): Promise<CodeDeployVerdict | undefined> => {
    succeededAt ??= clock.now();
    const service = await describeService(caller, request.address);
    const serving = primaryOf(service)?.taskDefinition;
    if (serving === ours || service.taskSets.length === 0)
      return { kind: "serving", desired: service.desired };
    const mayBeStale = serving === undefined || serving === journal.previous;
    if (mayBeStale && clock.now() - succeededAt < staleFor) return undefined;
    const name = serving === undefined ? "nothing" : nameIn(serving);
    return { kind: "superseded", serving: serving ?? "", reason: `The service now runs ${name}.` };
  };
}

function ended(deployment: CodeDeployment, target: EcsTarget | undefined): CodeDeployVerdict {
  const { error, status, id } = deployment;
  const failed = target?.events.filter((event) => event.status === "Failed") ?? [];
  const cause = error ? `: ${error.code}, ${error.message}` : "";
  const events = failed
    .filter(({ diagnosis }) => diagnosis !== "")
    .map(({ name, diagnosis }) => `${name}: ${diagnosis}`);
  return {
    kind: "stopped",
    reason: [`${id} is ${status}${cause}`, ...events].join(" — "),
    details: failed.flatMap(({ name, diagnosis, logTail }) => [
      `Lifecycle event ${name} failed${diagnosis === "" ? "" : `: ${diagnosis}`}`,
      ...logTail.map((line) => `  ${line}`),
    ]),
  };
}
