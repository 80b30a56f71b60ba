import { ShipError, type Step } from "#ship/kit";
import { type ServiceUpdate, updateService } from "../../ecs/api/services.ts";
import { leaveMark } from "../../ecs/deploy/steps/mark.ts";
import { shortestWayBack } from "../../ecs/deploy/steps/update.ts";
import { forgetMark, markOf } from "../../ecs/deployment/marks.ts";
import { checkConfiguration } from "../api/configurations.ts";
import { codeOf, createDeployment } from "../api/deployments.ts";
import { type AppSpec, readAppSpec, revisionOf, wayBack } from "../app-spec.ts";
import { type CodeDeployChange, decideCodeDeployChange } from "../change.ts";
import { codeDeployConsoleUrl } from "../console.ts";
import { descriptionOf } from "../description.ts";
import { budgetOf, type CodeDeployJob, type CodeDeployJournal, said } from "../job.ts";
import type { CodeDeployRecovery } from "../recovery.ts";
import { checkServiceUpdate, formerSettings } from "../service-update.ts";
import type { CodeDeployRequest } from "../settings.ts";
import { type CodeDeploySituation, nameIn, readCodeDeploySituation } from "../situation.ts";
import { makeRoom } from "./room.ts";

/** Events upon which CodeDeploy itself goes back, even when this run has died. */
const failures = ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM"];

/** Creates the CodeDeploy deployment, and goes back when a later step fails or the run is cancelled. */
export function deployStep(job: CodeDeployJob, situation: () => Promise<CodeDeploySituation>): Step {
  const { run, request, journal, safeguard } = job;
  return {
    name: "Deploy through CodeDeploy",
    async verify() {
      // A service or group that cannot be read is the first step's problem to report.
      const found = await situation().catch(() => undefined);
      if (!found) return [];
      checkServiceUpdate(found.service, request);
      const { appSpec, configuration } = request.settings;
      if (configuration !== undefined) await checkConfiguration(job.codeDeploy, configuration);
      journal.appSpec = await readAppSpec(appSpec, found.primary, run.environment);
      return [];
    },
    async plan() {
      const found = await situation();
      const change = decideCodeDeployChange(job, found);
      journal.change = change.kind;
      if (change.kind === "nothing") return "nothing to deploy";
      if (change.update) journal.update = change.update;
      return planOf(change, found, known(journal.appSpec));
    },
    run: ({ signal }) => carryOut(job, signal),
    async undo({ signal, log }) {
      const mayAct = run.signal.aborted ? request.rollback.onCancel : request.rollback.onFailure;
      const patience = Math.max(request.waiting.timeout, shortestWayBack);
      if (journal.superseded) {
        log.info("The service is left to what took over.");
        safeguard.close();
      } else if (mayAct) {
        const seen = await safeguard.restore(patience, request.waiting.every, signal);
        journal.restored = seen === "restored";
        journal.untouched = seen === "none";
      } else if (journal.ended && !run.signal.aborted) {
        const seen = await safeguard.observe(patience, request.waiting.every, signal);
        journal.restored = seen === "restored";
        journal.left = seen === "left";
      } else {
        const because = run.signal.aborted ? "rollback-on-cancel" : "rollback-on-failure";
        log.info(`The service is left as it is (\`${because}: false\`).`);
        journal.left = journal.deployment !== undefined;
        safeguard.close();
      }
    },
  };
}

function planOf(
  change: Exclude<CodeDeployChange, { kind: "nothing" }>,
  { service, name }: CodeDeploySituation,
  appSpec: AppSpec,
): string {
  const update = change.update ? [`update ${service.name}: ${Object.keys(change.update).join(", ")}`] : [];
  if (change.kind === "scale") return update.join();
  const deployment =
    change.kind === "adopt"
      ? `wait for ${change.deployment}, which deploys this revision already`
      : `create a deployment of ${name.group} with the AppSpec of ${appSpec.source}`;
  return [...update, deployment].join("; ");
}

async function carryOut(job: CodeDeployJob, signal: AbortSignal): Promise<string> {
  const { journal, caller, run } = job;
  const ours = known(job.taskDefinition());
  journal.begunAt = caller.session.clock.now() - journal.roomTook;
  for (;;) {
    const found = known(journal.situation);
    const change = decideCodeDeployChange(job, found);
    journal.change = change.kind;
    if (change.kind === "nothing") {
      await forgetMark(job.caller, found.service);
      return said(job, "nothing to deploy: what was asked for serves already");
    }
    if (change.update) journal.update = change.update;
    await mark(job, found.service.arn, ours);
    if (change.kind === "scale") {
      await safeguardedUpdate(job, found, ours, change.update);
      return said(job, `${found.service.name}: ${Object.keys(change.update).join(", ")} changed`);
    }
    const id = await begin(job, found, ours, change).catch((error: unknown) => {
      // Somebody was faster, between the look and the creation.
      if (codeOf(error) === "DeploymentLimitExceededException") return undefined;
      throw error;
    });
    if (id === undefined) {
      await someoneFaster(job, signal);
      continue;
    }
    journal.deployment = id;
    const url = codeDeployConsoleUrl(id, caller.session.region);
    run.setOutputs({ "codedeploy-deployment-id": id, "console-url": url });
    const verb = change.kind === "adopt" ? "deploys this revision already" : `deploys ${nameIn(ours)}`;
    return said(job, `${id} ${verb}: ${url}`);
  }
}

async function safeguardedUpdate(
  { caller, safeguard, request, journal }: CodeDeployJob,
  found: CodeDeploySituation,
  ours: string,
  update: ServiceUpdate,
): Promise<void> {
  const recovery = recoveryOf(journal, request, found, ours, update);
  await safeguard.open(recovery, async ({ options }, onChanged) => {
    await updateService({ ...caller, options }, request.address, update);
    onChanged();
    return undefined;
  });
}

async function begin(
  { request, run, caller, safeguard, journal }: CodeDeployJob,
  found: CodeDeploySituation,
  ours: string,
  change: CodeDeployChange & { kind: "adopt" | "deploy" },
): Promise<string> {
  const { update } = change;
  const recovery = recoveryOf(journal, request, found, ours, update);
  if (recovery.previous) journal.previous = recovery.previous.taskDefinition;
  return safeguard.open(recovery, async (codeDeploy, onChanged) => {
    if (update !== undefined) {
      await updateService({ ...caller, options: codeDeploy.options }, request.address, update);
      onChanged();
    }
    if (change.kind === "adopt") return change.deployment;
    return createDeployment(codeDeploy, {
      name: found.name,
      revision: recovery.revision,
      description: descriptionOf(request.settings.description, run, run.log),
      configuration: request.settings.configuration,
      rollbackEvents: request.rollback.onFailure
        ? [...new Set([...found.group.rollbackEvents, ...failures])]
        : [],
      after: found.group.lastAttempt,
    });
  });
}

function recoveryOf(
  journal: CodeDeployJournal,
  request: CodeDeployRequest,
  { service, primary, serving, name, group, active }: CodeDeploySituation,
  ours: string,
  update: ServiceUpdate | undefined,
): CodeDeployRecovery {
  const appSpec = known(journal.appSpec);
  // While our revision is PRIMARY already, what served before is what the deployment under way replaces.
  const replaced = active
    ? service.taskSets.find((set) => set.status === "ACTIVE" && set.taskDefinition !== ours)
    : undefined;
  const set = serving === ours && replaced ? replaced : primary;
  const previous = set?.taskDefinition ?? serving;
  return {
    kind: "codedeploy",
    address: request.address,
    name,
    ours,
    revision: revisionOf(appSpec, ours),
    ...(group.lastAttempt !== undefined && { after: group.lastAttempt }),
    ...(previous !== undefined && {
      previous: { taskDefinition: previous, revision: wayBack(appSpec, previous, set) },
    }),
    ...(update !== undefined && { settings: formerSettings(service, update) }),
  };
}

async function mark(job: CodeDeployJob, serviceArn: string, ours: string): Promise<void> {
  const { journal, run, request } = job;
  if (journal.marked !== undefined) return;
  const deadline = known(journal.begunAt) + budgetOf(journal.situation, request);
  await leaveMark(job, { address: request.address, arn: serviceArn }, markOf(run, ours, deadline));
}

async function someoneFaster(job: CodeDeployJob, signal: AbortSignal): Promise<void> {
  const { clock } = job.caller.session;
  job.journal.situation = await readCodeDeploySituation(job.caller, job.codeDeploy, job.request);
  job.run.log.info(await makeRoom(job, job.journal.situation, signal));
  // Not seen in the list yet, or a limit of the account: the time for the whole deployment bounds this too.
  await clock.sleep(job.request.waiting.every, signal);
  const spent = clock.now() - (job.journal.begunAt ?? clock.now());
  if (spent > job.request.waiting.timeout)
    throw new ShipError(
      "DEPLOYMENT_IN_PROGRESS",
      "CodeDeploy takes no further deployment: DeploymentLimitExceededException until the time was up.",
      { hint: "See which deployments of this account are under way, and the limits of CodeDeploy." },
    );
}

function known<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("A step of CodeDeploy ran before what it needs was known.");
  return value;
}
