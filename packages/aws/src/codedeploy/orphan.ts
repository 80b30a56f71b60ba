import { messageOf, ShipError } from "#ship/kit";
import type { ServiceState } from "../ecs/api/services.ts";
import { type Mark, nameOfRun, readMark, stateOf } from "../ecs/deployment/marks.ts";
import { type CodeDeployment, stopDeployment } from "./api/deployments.ts";
import { definitionsIn } from "./app-spec.ts";
import type { CodeDeployJob } from "./job.ts";
import { type CodeDeploySituation, nameIn } from "./situation.ts";

/** The mark of the run that began a deployment, where one was left on the service. */
function markOfDeployment({ tags }: ServiceState, { content }: CodeDeployment): Mark | undefined {
  const mark = readMark(tags);
  return definitionsIn(content).some((name) => nameIn(name) === mark?.revision) ? mark : undefined;
}

/** Who began a deployment, in words that follow its id; empty where nobody left a mark. */
export function beginnerOf({ run }: CodeDeployJob, service: ServiceState, active: CodeDeployment): string {
  const mark = markOfDeployment(service, active);
  if (!mark) return "";
  const died = stateOf(mark, run) === "dead" ? ", which died" : "";
  return `, begun by ${nameOfRun(mark)}${died},`;
}

/** Says what an earlier run has left on the service, when it did not end itself. */
export function reportOrphan(
  { run }: CodeDeployJob,
  { service, active, serving }: CodeDeploySituation,
): void {
  const mark = readMark(service.tags);
  if (!mark || stateOf(mark, run) === "this") return;
  const state = stateOf(mark, run) === "dead" ? "died" : "has not ended";
  const standing =
    active && markOfDeployment(service, active)
      ? `its deployment ${active.id} of ${mark.revision} is ${active.status}`
      : `no deployment of ${mark.revision} is under way: the service runs ${serving === undefined ? "nothing" : nameIn(serving)}`;
  const who = nameOfRun(mark);
  run.log.notice(
    `${who.charAt(0).toUpperCase()}${who.slice(1)} ${state} with its work on ${service.name} open; ${standing}.`,
  );
}

/** Brings back what a dead run has left beyond its own deadline, as that run would have done. */
export async function bringBackOrphan(
  { codeDeploy, request, run }: CodeDeployJob,
  service: ServiceState,
  active: CodeDeployment,
): Promise<void> {
  const mark = markOfDeployment(service, active);
  if (!mark || mark.deadline >= run.clock.now() || stateOf(mark, run) !== "dead") return;
  if (!request.rollback.onFailure) return;
  try {
    await stopDeployment(codeDeploy, active.id, "roll-back");
    run.log.notice(`${active.id} is past the deadline of the run that died; it is rolled back first.`);
  } catch (error) {
    if (!(error instanceof ShipError) || error.kind === "cancelled") throw error;
    run.log.warning(`What the dead run left could not be rolled back: ${messageOf(error)}`);
  }
}
