import type { Step } from "#ship/kit";
import type { ServiceUpdate } from "../ecs/api/services.ts";
import type { Journal } from "../ecs/deploy/journal.ts";
import type { DeployTarget } from "../ecs/deploy/request.ts";
import { serviceDifferences } from "../ecs/deploy/settings.ts";
import { taskSetSituation } from "../ecs/deploy/situation.ts";
import type { Scene } from "../ecs/deploy/steps/scene.ts";
import { createCodeDeployer } from "./deployer.ts";
import { budgetOf, type CodeDeployJournal } from "./job.ts";
import type { CodeDeployRequest } from "./settings.ts";

/** CodeDeploy's steps for the pipeline that registers the task definition. */
export interface CodeDeploySteps {
  /** Before the task definition is registered. */
  readonly before: readonly Step[];
  /** Once it is, and a one-off task has run. */
  readonly after: readonly Step[];
  /** Nothing is left to go back from: every step has succeeded. */
  close(): void;
}

/** Makes the steps; what they do is noted in the journal that outputs and summary are made from. */
export function codeDeploySteps(
  { caller, run, request, journal }: Scene,
  target: DeployTarget & { kind: "service" },
): CodeDeploySteps {
  const wanted: CodeDeployRequest = {
    address: target.address,
    settings: request.codeDeploy?.settings ?? {},
    desired: target.desired,
    force: target.force,
    asked: { members: target.members, configuration: target.configuration },
    waiting: { ...request.waiting, until: request.waitUntil },
    onConflict: request.onConflict,
    rollback: request.rollback,
    logLines: request.logLines,
  };
  const deployer = createCodeDeployer(caller.session, wanted, run, () => journal.taskDefinition);
  const note = () => copy(deployer.journal, journal, wanted);
  const noted = (step: Step): Step => ({
    ...step,
    verify: async (context) => (await step.verify?.(context).finally(note)) ?? [],
    plan: async (context) => (await step.plan?.(context).finally(note)) ?? "",
    run: (context) => step.run(context).finally(note),
    ...(step.undo && { undo: async (context) => step.undo?.(context).finally(note) }),
  });
  return { before: deployer.before.map(noted), after: deployer.after.map(noted), close: deployer.close };
}

function copy(own: CodeDeployJournal, journal: Journal, request: CodeDeployRequest): void {
  const { situation, change, deployment, begunAt, evidence, reached, marked, previous, update } = own;
  if (situation) journal.situation ??= taskSetSituation(request.address, situation.service);
  if (journal.situation && previous !== undefined) journal.situation = { ...journal.situation, previous };
  if (situation && update) journal.serviceDifferences = serviceDifferences(situation.service, update);
  if (change !== undefined) journal.change = changeOf(change, update);
  if (deployment !== undefined) journal.codeDeployment = deployment;
  // The waits of the deployment group come on top of the time that is left for what follows.
  if (begunAt !== undefined)
    journal.begunAt = begunAt + budgetOf(situation, request) - request.waiting.timeout;
  if (evidence) journal.evidence = evidence;
  if (reached !== undefined) journal.reached = reached;
  if (marked !== undefined) journal.marked = marked;
  journal.restored = own.restored;
  if (own.untouched !== undefined) journal.untouched = own.untouched;
  journal.superseded = own.superseded;
  journal.left = own.left;
  journal.idle = own.idle;
}

function changeOf(
  change: NonNullable<CodeDeployJournal["change"]>,
  update: ServiceUpdate = {},
): NonNullable<Journal["change"]> {
  if (change === "nothing" || change === "adopt") return { kind: change };
  const begins = change === "scale" ? "no-deployment" : "deployment";
  return { kind: "update", update, begins, former: {} };
}
