import { ShipError, type Step } from "#ship/kit";
import { type ServiceUpdate, updateService } from "../../ecs/api/services.ts";
import { shortestWayBack } from "../../ecs/deploy/steps/update.ts";
import { codeOf, createDeployment } from "../api/deployments.ts";
import { type AppSpec, readAppSpec, revisionOf, withoutHooks } from "../app-spec.ts";
import { codeDeployConsoleUrl } from "../console.ts";
import { descriptionOf } from "../description.ts";
import { type CodeDeployJob, said } from "../job.ts";
import type { CodeDeployRecovery } from "../recovery.ts";
import { checkServiceUpdate, serviceUpdateOf } from "../service-update.ts";
import { type CodeDeploySituation, deploys, nameIn, readCodeDeploySituation } from "../situation.ts";
import { makeRoom } from "./room.ts";

/** Events upon which CodeDeploy itself goes back, even when this run has died. */
const failures = ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM"];

/** What there is to do: nothing, to wait for a deployment of this revision that is under way, or to begin one. */
type Change =
  | { readonly kind: "nothing" }
  /** The number of tasks, or other settings that do not belong to a revision. */
  | { readonly kind: "scale"; readonly update: ServiceUpdate }
  | { readonly kind: "adopt"; readonly deployment: string }
  | { readonly kind: "deploy" };

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
      journal.appSpec = await readAppSpec(request.settings.appSpec, found.primary, run.environment);
      return [];
    },
    async plan() {
      const found = await situation();
      const change = decide(found, job.taskDefinition(), request);
      switch (change.kind) {
        case "nothing":
          return "nothing to deploy";
        case "scale":
          return `update ${found.service.name}: ${Object.keys(change.update).join(", ")}`;
        case "adopt":
          return `wait for ${change.deployment}, which deploys this revision already`;
        case "deploy":
          return `create a deployment of ${found.name.group} with the AppSpec of ${known(journal.appSpec).source}`;
      }
    },
    run: ({ signal }) => carryOut(job, signal),
    async undo({ signal, log }) {
      const mayAct = run.signal.aborted ? request.rollback.onCancel : request.rollback.onFailure;
      if (!mayAct || journal.superseded) {
        log.info("The service is left as it is.");
        journal.left = journal.deployment !== undefined && !journal.superseded;
        safeguard.close();
        return;
      }
      const patience = Math.max(request.waiting.timeout, shortestWayBack);
      journal.restored = (await safeguard.restore(patience, request.waiting.every, signal)) === "restored";
    },
  };
}

function decide(
  { active, primary, service }: CodeDeploySituation,
  taskDefinition: string | undefined,
  request: CodeDeployJob["request"],
): Change {
  if (active && deploys(active, taskDefinition, service)) return { kind: "adopt", deployment: active.id };
  if (taskDefinition === undefined || primary?.taskDefinition !== taskDefinition || request.force)
    return { kind: "deploy" };
  const update = serviceUpdateOf(service, request);
  return update === undefined ? { kind: "nothing" } : { kind: "scale", update };
}

async function carryOut(job: CodeDeployJob, signal: AbortSignal): Promise<string> {
  const { journal, request, caller, run } = job;
  const ours = known(job.taskDefinition());
  journal.begunAt ??= caller.session.clock.now();
  for (;;) {
    const found = known(journal.situation);
    const change = decide(found, ours, request);
    journal.change = change.kind;
    if (change.kind === "nothing") return said(job, "nothing to deploy: what was asked for serves already");
    if (change.kind === "scale") {
      await updateService(caller, request.address, change.update);
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

async function begin(
  job: CodeDeployJob,
  found: CodeDeploySituation,
  ours: string,
  change: Change & { kind: "adopt" | "deploy" },
): Promise<string> {
  const { request, run, caller, safeguard } = job;
  const appSpec = known(job.journal.appSpec);
  const revision = revisionOf(appSpec, ours);
  const update = serviceUpdateOf(found.service, request);
  return safeguard.open(recoveryOf(job, found, appSpec, ours), async (codeDeploy) => {
    if (update !== undefined)
      await updateService({ ...caller, options: codeDeploy.options }, request.address, update);
    if (change.kind === "adopt") return change.deployment;
    return createDeployment(codeDeploy, {
      name: found.name,
      revision,
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
  { request }: CodeDeployJob,
  { service, primary, name, group, active }: CodeDeploySituation,
  appSpec: AppSpec,
  ours: string,
): CodeDeployRecovery {
  // While our revision is PRIMARY already, what served before is what the deployment under way replaces.
  const replaced = active
    ? service.taskSets.find((set) => set.status === "ACTIVE" && set.taskDefinition !== ours)
    : undefined;
  const previous = primary?.taskDefinition === ours && replaced ? replaced : primary;
  const changesCount = request.desired !== undefined && request.desired !== service.desired;
  return {
    kind: "codedeploy",
    address: request.address,
    name,
    ours,
    revision: revisionOf(appSpec, ours),
    ...(group.lastAttempt !== undefined && { after: group.lastAttempt }),
    ...(previous && {
      previous: {
        taskDefinition: previous.taskDefinition,
        revision: revisionOf(withoutHooks(appSpec), previous.taskDefinition),
      },
    }),
    ...(changesCount && { desired: service.desired }),
  };
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
