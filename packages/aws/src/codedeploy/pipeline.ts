import type { Step } from "#ship/kit";
import type { Journal } from "../ecs/deploy/journal.ts";
import type { Situation } from "../ecs/deploy/situation.ts";
import type { CodeDeployer } from "./deployer.ts";
import type { CodeDeployJournal } from "./job.ts";
import type { CodeDeploySituation } from "./situation.ts";

/** The service as the steps around CodeDeploy's see it: those that register, run tasks and check what answers. */
export function serviceSituation({ service, primary }: CodeDeploySituation, cluster: string): Situation {
  const sets = service.taskSets.map((set) => set.taskDefinition);
  const serving = primary?.taskDefinition ?? service.taskDefinition;
  return {
    address: { cluster, service: service.name },
    service,
    history: "closed",
    previous: primary?.taskDefinition,
    running: [...new Set([serving, ...sets])],
  };
}

/** CodeDeploy's steps, noting what they do in the journal that outputs and summary are made from. */
export function notedIn(journal: Journal, cluster: string, { journal: own, before, after }: CodeDeployer) {
  const note = () => copy(own, journal, cluster);
  const noted = (step: Step): Step => ({
    ...step,
    verify: async (context) => (await step.verify?.(context)) ?? [],
    plan: async (context) => (await step.plan?.(context).finally(note)) ?? "",
    run: (context) => step.run(context).finally(note),
    ...(step.undo && { undo: async (context) => step.undo?.(context).finally(note) }),
  });
  return { before: before.map(noted), after: after.map(noted) };
}

function copy(own: CodeDeployJournal, journal: Journal, cluster: string): void {
  const { situation, change, deployment, begunAt, evidence } = own;
  if (situation) journal.situation ??= serviceSituation(situation, cluster);
  if (change !== undefined) journal.change = changeOf(change);
  if (deployment !== undefined) journal.codeDeployment = deployment;
  if (begunAt !== undefined) journal.begunAt = begunAt;
  if (evidence) journal.evidence = evidence;
  journal.restored = own.restored;
  journal.superseded = own.superseded;
  journal.idle = own.idle;
}

function changeOf(change: NonNullable<CodeDeployJournal["change"]>): NonNullable<Journal["change"]> {
  if (change === "nothing" || change === "adopt") return { kind: change };
  const begins = change === "scale" ? "no-deployment" : "deployment";
  return { kind: "update", update: {}, begins, former: {} };
}
