import { formatDuration, isShipError, ShipError, type Step } from "#ship/kit";
import { collectEvidence, eventKey, evidenceLines, headline } from "../../ecs/reasons/collect.ts";
import { sentences } from "../../ecs/reasons/sentence.ts";
import { budgetOf, type CodeDeployJob, said, timeLeft } from "../job.ts";
import { nameIn } from "../situation.ts";
import { awaitSteady } from "../steady.ts";
import { awaitCodeDeployment } from "../watch.ts";

/** Waits for our deployment, and says why it failed when it does. */
export function waitStep(job: CodeDeployJob): Step {
  const { journal, request, run } = job;
  return {
    name: "Wait until it serves",
    plan: async () => `wait at most ${formatDuration(budgetOf(journal.situation, request))}`,
    async run({ signal }) {
      const { deployment } = journal;
      const ours = job.taskDefinition();
      if (ours === undefined) return "nothing to wait for";
      if (deployment === undefined) return awaitScale(job, ours, signal);
      if (request.waiting.until.kind === "none") return said(job, `${deployment} is not waited for`);
      const verdict = await awaitCodeDeployment(job, deployment, ours, signal).catch((error: unknown) =>
        explain(job, ours, error),
      );
      if (verdict.kind === "reached") {
        journal.reached = verdict.stage;
        if (verdict.stage !== "BAKE_TIME")
          return said(job, `${deployment} has come to ${verdict.stage} (${verdict.status})`);
        return said(job, `${nameIn(ours)} has all traffic; ${deployment} goes on by itself`);
      }
      if (verdict.kind === "serving") {
        journal.idle = verdict.desired === 0;
        const line = `${verdict.desired} tasks run ${nameIn(ours)}`;
        return said(job, journal.idle ? "nothing runs: the desired count is 0" : line);
      }
      if (verdict.kind === "superseded") {
        journal.superseded = true;
        journal.restored = verdict.serving === journal.previous;
        throw new ShipError(
          "DEPLOYMENT_SUPERSEDED",
          sentences(`${nameIn(ours)} was replaced`, verdict.reason),
        );
      }
      journal.ended = verdict.kind === "stopped";
      const evidence = run.signal.aborted ? undefined : await gather(job, ours);
      const reason = sentences(verdict.reason, evidence ? headline(evidence) : "");
      throw new ShipError("DEPLOYMENT_FAILED", sentences(`${nameIn(ours)} does not serve`, reason), {
        details: [...verdict.details, ...(evidence ? evidenceLines(evidence) : [])],
      });
    },
  };
}

/** A number of tasks alone begins no deployment, but it too counts only once the tasks run. */
async function awaitScale(job: CodeDeployJob, ours: string, signal: AbortSignal): Promise<string> {
  const { caller, request, journal } = job;
  if (journal.change !== "scale" || request.waiting.until.kind === "none") return "nothing to wait for";
  const { every } = request.waiting;
  const wait = { caller, address: request.address, taskDefinition: ours, every, signal };
  const desired = await awaitSteady({ ...wait, timeout: timeLeft(job) }).catch((error: unknown) =>
    explain(job, ours, error),
  );
  journal.idle = desired === 0;
  return said(
    job,
    desired === 0 ? "nothing runs: the desired count is 0" : `${desired} tasks run ${nameIn(ours)}`,
  );
}

async function gather({ caller, balancers, request, journal }: CodeDeployJob, ours: string) {
  const service = journal.situation?.service;
  const before = service?.taskSets ?? [];
  const others = journal.change === "scale" ? before.filter((set) => set.taskDefinition !== ours) : before;
  journal.evidence = await collectEvidence({
    caller,
    balancers,
    address: request.address,
    taskDefinition: ours,
    others: new Set(others.map((set) => set.id)),
    serviceDeployment: undefined,
    eventsBefore: new Set(service?.events.map(eventKey)),
    logLines: request.logLines,
  });
  return journal.evidence;
}

/** Throws a failure of the deployment again with the reasons; after a cancellation there is no time for them. */
async function explain(job: CodeDeployJob, ours: string, error: unknown): Promise<never> {
  if (!isShipError(error) || job.run.signal.aborted) throw error;
  if (error.code !== "DEPLOYMENT_TIMEOUT" && error.code !== "DEPLOYMENT_FAILED") throw error;
  const evidence = await gather(job, ours);
  throw new ShipError(error.code, sentences(error.message, headline(evidence)), {
    hint: error.hint,
    details: [...error.details, ...evidenceLines(evidence)],
    cause: error,
  });
}
