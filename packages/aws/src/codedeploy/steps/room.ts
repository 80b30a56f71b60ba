import { formatDuration, ShipError, type Step } from "#ship/kit";
import { lookUntil } from "../../ecs/deployment/look.ts";
import { type CodeDeployment, listDeployments, stopDeployment } from "../api/deployments.ts";
import { adoptable } from "../change.ts";
import { budgetOf, type CodeDeployJob, said } from "../job.ts";
import { beginnerOf, bringBackOrphan, reportOrphan } from "../orphan.ts";
import { type CodeDeploySituation, readCodeDeploySituation } from "../situation.ts";

/**
 * Makes room in the deployment group, which takes one deployment at a time: somebody else's is waited for, ends this run,
 * or is stopped and rolled back, as `on-conflict` says. It comes before anything is written.
 */
export function roomStep(job: CodeDeployJob, situation: () => Promise<CodeDeploySituation>): Step {
  return {
    name: "Find room for the deployment",
    async verify() {
      job.journal.situation = await situation();
      return [];
    },
    async plan() {
      const { name, active } = await situation();
      if (!active) return `no deployment of ${name.group} is under way`;
      return `${active.id} is under way; on-conflict is ${job.request.onConflict}`;
    },
    async run({ signal }) {
      const { clock } = job.caller.session;
      const begun = clock.now();
      const found = await situation();
      if (found.group.lastAttempt) job.journal.lastAttempt = found.group.lastAttempt;
      reportOrphan(job, found);
      const line = await makeRoom(job, found, signal);
      job.journal.roomTook = clock.now() - begun;
      return said(job, line);
    },
  };
}

/**
 * Sees to it that no other deployment of the group is under way, and reads the situation anew when there was one.
 * @throws ShipError `DEPLOYMENT_IN_PROGRESS` naming the other deployment, at once or when time is up
 */
export async function makeRoom(
  job: CodeDeployJob,
  found: CodeDeploySituation,
  signal: AbortSignal,
): Promise<string> {
  const { active, name, service } = found;
  if (!active) return `no other deployment of ${name.group} is under way`;
  if (adoptable(job, found)) return `${active.id} deploys this revision already`;
  const { onConflict } = job.request;
  if (onConflict === "fail") throw inTheWay(active, found, "Nothing has been changed.");
  if (onConflict === "supersede") {
    job.run.log.warning(
      `${active.id} (${active.status})${beginnerOf(job, service, active)} is under way; it is stopped and rolled back first.`,
    );
    await stopDeployment(job.codeDeploy, active.id, "roll-back");
  } else {
    job.run.log.notice(
      `${active.id} (${active.status})${beginnerOf(job, service, active)} is under way; waiting for it.`,
    );
    await bringBackOrphan(job, service, active);
  }
  await awaitQuiet(job, found, active, signal);
  job.journal.situation = await readCodeDeploySituation(job.caller, job.codeDeploy, job.request);
  return `${active.id} has ended`;
}

/** Between the end of a deployment and the beginning of its rollback nothing is under way, for a moment. */
const quietLooks = 2;

async function awaitQuiet(
  job: CodeDeployJob,
  found: CodeDeploySituation,
  active: CodeDeployment,
  signal: AbortSignal,
): Promise<void> {
  const timeout = budgetOf(found, job.request);
  let blocking = active;
  let quiet = 0;
  await lookUntil(
    job.caller,
    async () => {
      const [still] = await listDeployments(job.codeDeploy, found.name, { active: true });
      if (still) blocking = still;
      quiet = still ? 0 : quiet + 1;
      return quiet < quietLooks ? undefined : true;
    },
    {
      every: job.request.waiting.every,
      timeout,
      signal,
      late: (blamed) =>
        inTheWay(blocking, found, blamed(`It has not ended within ${formatDuration(timeout)}.`)),
    },
  );
}

function inTheWay(active: CodeDeployment, { name }: CodeDeploySituation, outcome: string): ShipError {
  const begun = active.description === "" ? "" : `, "${active.description}"`;
  return new ShipError(
    "DEPLOYMENT_IN_PROGRESS",
    `The deployment ${active.id} (${active.status}${begun}) of the deployment group ${name.group} is under way, and a group takes one at a time. ${outcome}`,
    {
      hint: "Wait for it, or let `on-conflict` be `wait`, or `supersede` to stop it and roll it back first.",
    },
  );
}
