import { ShipError } from "#ship/kit";
import type { Caller } from "../ecs/api/caller.ts";
import {
  describeService,
  type ServiceAddress,
  type ServiceState,
  updateService,
} from "../ecs/api/services.ts";
import { primaryOf, servingDefinition } from "../ecs/api/task-sets.ts";
import { lookUntil } from "../ecs/deployment/look.ts";
import type { Fields } from "../ecs/task-definition/schema.ts";
import { isClosed } from "../errors.ts";
import type { CodeDeployCaller } from "./api/caller.ts";
import type { Attempt, GroupName } from "./api/deployment-groups.ts";
import {
  type CodeDeployment,
  continueDeployment,
  createDeployment,
  findDeployment,
  getDeployment,
  listDeployments,
  stopDeployment,
} from "./api/deployments.ts";
import { targetReader } from "./api/targets.ts";
import type { Revision } from "./app-spec.ts";
import { nameIn } from "./situation.ts";

/** All that is needed to bring a service back; plain data, so that the post step can read it from the saved state. */
export interface CodeDeployRecovery {
  readonly kind: "codedeploy";
  readonly address: ServiceAddress;
  readonly name: GroupName;
  /** ARN of our task definition: what runs another one than this or the previous is not ours to touch. */
  readonly ours: string;
  readonly revision: Revision;
  /** The group's last deployment before ours. */
  readonly after?: Attempt;
  /** Id of our deployment, once known. */
  readonly deployment?: string;
  /** What served before, and the AppSpec that deploys it again; absent when nothing did. */
  readonly previous?: { readonly taskDefinition: string; readonly revision: Revision };
  /** What the service had where this run changes it, as UpdateService takes it. */
  readonly settings?: Fields;
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
  try {
    return { answer: (await stopDeployment(codeDeploy, id, "roll-back")) ? "asked" : "over", id };
  } catch (error) {
    // What has ended needs no stopping, whether or not this job might.
    if (!isClosed(error) || !(await getDeployment(codeDeploy, id)).isOver) throw error;
    return { answer: "over", id };
  }
}

/** Gives the service back what this run changed of it, unless it is somebody else's by now. */
export async function restoreSettings(caller: Caller, recovery: CodeDeployRecovery): Promise<void> {
  if (recovery.settings === undefined) return;
  const serving = servingDefinition(await describeService(caller, recovery.address));
  if (!isThird(serving, recovery)) await updateService(caller, recovery.address, recovery.settings);
}

/** True when neither our revision nor the previous one serves. */
const isThird = (serving: string | undefined, { ours, previous }: CodeDeployRecovery) =>
  serving !== undefined && serving !== ours && serving !== previous?.taskDefinition;

/** How long to look for the way back, in milliseconds, and who is to begin it. */
export interface WayBack {
  readonly every: number;
  readonly timeout: number;
  /** `codedeploy`: nothing is begun here, and only what CodeDeploy does by itself is followed. */
  readonly by: "anyone" | "codedeploy";
}

/** How a way back ended. */
export type Returned =
  /** What served before serves again. */
  | "restored"
  /** The service runs a third revision by now, which is left alone. */
  | "not-ours"
  /** Nobody brings it back. */
  | "left";

/**
 * Follows the way back until what served before is the PRIMARY task set with all traffic: CodeDeploy's own rollback where
 * there is one, else a deployment of the previous revision, which this begins.
 * @throws ShipError `DEPLOYMENT_TIMEOUT`, or `DEPLOYMENT_FAILED` when a rollback failed or nothing had served before
 */
export async function seeBackThroughCodeDeploy(
  { caller, codeDeploy }: Callers,
  recovery: CodeDeployRecovery,
  id: string,
  way: WayBack,
  signal: AbortSignal,
): Promise<Returned> {
  const { clock } = caller.session;
  const previous = recovery.previous?.taskDefinition;
  let last = "nothing was seen";
  let overSince: number | undefined;
  let returning: string | undefined;

  const look = async (): Promise<Returned | undefined> => {
    const ours = await getDeployment(codeDeploy, id);
    last = `${id} ${ours.status}`;
    if (!ours.isOver) return undefined;
    overSince ??= clock.now();
    const back = returning ?? ours.rollback;
    if (back !== undefined) {
      const rollback = await getDeployment(codeDeploy, back);
      last = `${last}, ${back} ${rollback.status}`;
      if (isBroken(rollback)) throw broken(rollback, recovery);
      // Nobody else would let it go on, and users have waited long enough.
      if (rollback.status === "Ready") await continueDeployment(codeDeploy, back);
      if (rollback.status !== "Succeeded" && !rollback.keepsOriginal) return undefined;
    }
    const service = await describeService(caller, recovery.address);
    const serving = servingDefinition(service);
    last = `${last}, PRIMARY is ${serving === undefined ? "nothing" : nameIn(serving)}`;
    if (isThird(serving, recovery)) return "not-ours";
    const isRestart = previous === recovery.ours && ours.status === "Succeeded";
    if (serving === previous && (isRestart || back !== undefined || !(await hasTraffic(codeDeploy, ours))))
      // Whoever begins nothing has not given the service its number of tasks back either.
      return isInFull(service, way.by === "anyone" ? recovery.settings : undefined) ? "restored" : undefined;
    const mayStillBeNamed = ours.status !== "Succeeded" && clock.now() - overSince < rollbackNamedWithin;
    if (back !== undefined || mayStillBeNamed) return undefined;
    if (way.by === "codedeploy") return "left";
    const [other] = await listDeployments(codeDeploy, recovery.name, { active: true });
    if (other && other.sha256 !== recovery.previous?.revision.sha256) return "not-ours";
    returning = await deployPrevious(codeDeploy, recovery, ours);
    return undefined;
  };

  return lookUntil(caller, look, {
    ...way,
    signal,
    late: (blamed) =>
      new ShipError(
        "DEPLOYMENT_TIMEOUT",
        blamed(
          `${recovery.address.service} was not seen to run ${previousName(recovery)} again; last seen: ${last}.`,
        ),
      ),
  });
}

/** True when the tasks that shall serve do, and their number is the one that was given back. */
function isInFull(service: ServiceState, settings: Fields | undefined): boolean {
  const primary = primaryOf(service);
  const desired = settings?.["desiredCount"];
  if (typeof desired === "number" && service.desired !== desired) return false;
  return primary === undefined || primary.running >= primary.desired;
}

/** What served before, for people. */
export const previousName = ({ previous }: CodeDeployRecovery): string =>
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
async function hasTraffic(
  codeDeploy: CodeDeployCaller,
  { id, configuration }: CodeDeployment,
): Promise<boolean> {
  try {
    return ((await targetReader(codeDeploy, id).read())?.replacement?.traffic ?? 0) > 0;
  } catch (error) {
    if (!isClosed(error)) throw error;
    // What moves all at once has moved nothing while the other revision is PRIMARY; of others the worse is taken.
    return configuration !== "" && configuration !== allAtOnce;
  }
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
  const order = { name, revision: previous.revision, after: { id: failed.id, at: failed.createdAt } };
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
