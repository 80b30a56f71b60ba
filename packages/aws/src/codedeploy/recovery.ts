import { poll, ShipError } from "#ship/kit";
import type { Caller } from "../ecs/api/caller.ts";
import { describeService, type ServiceAddress, updateService } from "../ecs/api/services.ts";
import { patientLooks } from "../ecs/deployment/look.ts";
import type { CodeDeployCaller } from "./api/caller.ts";
import type { GroupName } from "./api/deployment-groups.ts";
import {
  type CodeDeployment,
  createDeployment,
  findDeployment,
  getDeployment,
  listDeployments,
  stopDeployment,
} from "./api/deployments.ts";
import { targetReader } from "./api/targets.ts";
import type { Revision } from "./app-spec.ts";
import { nameIn, primaryOf } from "./situation.ts";

/** All that is needed to bring a service back; plain data, so that the post step can read it from the saved state. */
export interface CodeDeployRecovery {
  readonly kind: "codedeploy";
  readonly address: ServiceAddress;
  readonly name: GroupName;
  /** ARN of our task definition: what runs another one than this or the previous is not ours to touch. */
  readonly ours: string;
  readonly revision: Revision;
  /** Creation time of the group's last deployment before ours, in the service's own time. */
  readonly after?: number;
  /** Id of our deployment, once known. */
  readonly deployment?: string;
  /** What served before, and the AppSpec that deploys it again; absent when nothing did. */
  readonly previous?: { readonly taskDefinition: string; readonly revision: Revision };
  /** Desired count before; present only when this run changed it. */
  readonly desired?: number;
}

/** Both services that a deployment through CodeDeploy is carried out by. */
export interface Callers {
  readonly caller: Caller;
  readonly codeDeploy: CodeDeployCaller;
}

/** A way back moves all traffic at once, however the group moves it forward. */
const allAtOnce = "CodeDeployDefault.ECSAllAtOnce";
/** A deployment that ended names its rollback within moments. Milliseconds. */
const rollbackNamedWithin = 30_000;

/**
 * The one call that makes production safe: StopDeployment with rollback. Sending it again is harmless.
 * @returns `over` when the deployment had ended by itself, `none` when there is no such deployment
 */
export async function stopOurs(
  codeDeploy: CodeDeployCaller,
  recovery: CodeDeployRecovery,
): Promise<{ readonly answer: "asked" | "over"; readonly id: string } | { readonly answer: "none" }> {
  const id =
    recovery.deployment ?? (await findDeployment(codeDeploy, { ...recovery, after: recovery.after }))?.id;
  if (id === undefined) return { answer: "none" };
  return { answer: (await stopDeployment(codeDeploy, id, "roll-back")) ? "asked" : "over", id };
}

/** Gives the service its number of tasks back, when this run changed it. */
export async function restoreCount(caller: Caller, { address, desired }: CodeDeployRecovery): Promise<void> {
  if (desired !== undefined) await updateService(caller, address, { desiredCount: desired });
}

/**
 * Follows the way back until what served before is the PRIMARY task set with all traffic: CodeDeploy's own rollback where
 * there is one, else a deployment of the previous revision, which this begins.
 * @returns `not-ours` when the service runs a third revision by now, which is left alone
 * @throws ShipError `DEPLOYMENT_TIMEOUT`, or `DEPLOYMENT_FAILED` when a rollback failed or nothing had served before
 */
export async function seeBackThroughCodeDeploy(
  { caller, codeDeploy }: Callers,
  recovery: CodeDeployRecovery,
  id: string,
  times: { readonly every: number; readonly timeout: number },
  signal: AbortSignal,
): Promise<"restored" | "not-ours"> {
  const { clock } = caller.session;
  const looks = patientLooks(caller);
  let last = "nothing was seen";
  let overSince: number | undefined;
  let returning: string | undefined;

  const look = async (): Promise<"restored" | "not-ours" | undefined> => {
    const ours = await getDeployment(codeDeploy, id);
    last = `${id} ${ours.status}`;
    if (!ours.isOver) return undefined;
    overSince ??= clock.now();
    const back = returning ?? ours.rollback;
    if (back !== undefined) {
      const rollback = await getDeployment(codeDeploy, back);
      last = `${last}, ${back} ${rollback.status}`;
      if (isBroken(rollback)) throw broken(rollback, recovery);
      if (rollback.status !== "Succeeded" && !rollback.keepsOriginal) return undefined;
    }
    const primary = primaryOf(await describeService(caller, recovery.address))?.taskDefinition;
    last = `${last}, PRIMARY is ${primary === undefined ? "nothing" : nameIn(primary)}`;
    const previous = recovery.previous?.taskDefinition;
    if (primary !== undefined && primary !== previous && primary !== recovery.ours) return "not-ours";
    if (primary === previous && (back !== undefined || !(await hasTraffic(codeDeploy, id))))
      return "restored";
    const mayStillBeNamed = ours.status !== "Succeeded" && clock.now() - overSince < rollbackNamedWithin;
    if (back !== undefined || mayStillBeNamed) return undefined;
    const [other] = await listDeployments(codeDeploy, recovery.name, { active: true });
    if (other && other.sha256 !== recovery.previous?.revision.sha256) return "not-ours";
    returning = await deployPrevious(codeDeploy, recovery, ours);
    return undefined;
  };

  return poll(() => looks.at(look), {
    clock,
    everyMilliseconds: times.every,
    timeoutMilliseconds: times.timeout,
    signal,
    onTimeout: () =>
      new ShipError(
        "DEPLOYMENT_TIMEOUT",
        looks.blamed(
          `${recovery.address.service} was not seen to run ${previousName(recovery)} again; last seen: ${last}.`,
        ),
      ),
  });
}

const previousName = ({ previous }: CodeDeployRecovery) =>
  previous === undefined ? "what it ran before" : nameIn(previous.taskDefinition);

const isBroken = ({ status }: CodeDeployment) => status === "Failed" || status === "Stopped";

function broken(rollback: CodeDeployment, recovery: CodeDeployRecovery): ShipError {
  return new ShipError(
    "DEPLOYMENT_FAILED",
    `The rollback ${rollback.id} of ${recovery.address.service} is ${rollback.status}: ${rollback.error?.code ?? "no code"}, ${rollback.error?.message ?? "no message"}`,
    {
      hint: "Look at the service's task sets and listeners in the console now; both revisions may have traffic.",
    },
  );
}

/** True when the replacement of a deployment that ended still gets a share of the traffic, as a canary that failed may. */
async function hasTraffic(codeDeploy: CodeDeployCaller, id: string): Promise<boolean> {
  return ((await targetReader(codeDeploy, id).read())?.replacement?.traffic ?? 0) > 0;
}

/** Deploys the previous revision, unless an earlier attempt to go back has done so already. Answers the id. */
async function deployPrevious(
  codeDeploy: CodeDeployCaller,
  { previous, name, address }: CodeDeployRecovery,
  failed: CodeDeployment,
): Promise<string> {
  if (!previous)
    throw new ShipError(
      "DEPLOYMENT_FAILED",
      `There is nothing to go back to: ${address.service} served nothing before.`,
    );
  const order = { name, revision: previous.revision, after: failed.createdAt };
  const begun = await findDeployment(codeDeploy, order);
  if (begun) return begun.id;
  codeDeploy.session.log.info(
    `${failed.id} has ended without a rollback; deploying ${nameIn(previous.taskDefinition)} again.`,
  );
  return createDeployment(codeDeploy, {
    ...order,
    description: `Way back from ${failed.id}`,
    configuration: allAtOnce,
    rollbackEvents: [],
  });
}
