import { isShipError, poll, ShipError } from "#ship/kit";
import { isClosed } from "../../errors.ts";
import type { Caller } from "../api/caller.ts";
import { describeServiceDeployment, stopServiceDeployment } from "../api/service-deployments.ts";
import {
  describeService,
  type ServiceAddress,
  type ServiceState,
  type ServiceUpdate,
  updateService,
} from "../api/services.ts";
import type { BalancerReader } from "../api/target-health.ts";
import type { Fields } from "../task-definition/schema.ts";
import { patientLooks } from "./look.ts";

/** All that is needed to bring a service back; plain data, so that the post step can read it from the saved state. */
export interface Recovery {
  readonly address: ServiceAddress;
  /** Our task definition: when the service runs another one, it is not ours to touch. */
  readonly ours: string;
  /** What served before; absent when nothing did. */
  readonly previous?: string;
  /** Desired count before; present only when this run changed it. */
  readonly desired?: number;
  /** Settings before, as UpdateService takes them; those that this run changed and that belong to the revision. */
  readonly settings?: Fields;
  /** ARN of our service deployment, once known. */
  readonly deployment?: string;
  /** ARN of the service deployment that was current before ours. */
  readonly before?: string;
  /** ARN of the service, when this run left its mark there. */
  readonly marked?: string;
  /** For a candidate beside the stable service: it may only be withdrawn while the rule gives it no traffic. */
  readonly idleBehind?: { readonly rule: string; readonly targetGroup: string };
}

/** What came of the wish to go back. */
export type Return = "asked" | "already" | "not-ours";

/**
 * The one call that makes production safe: StopServiceDeployment with rollback while the deployment is under way, else
 * UpdateService back to what served. A candidate without traffic goes back to its former definition and count; a restart
 * of the revision that served before can only be stopped. Sending it again is harmless.
 * @returns `already` when the service had gone back by itself, `not-ours` when it runs a third revision or was deleted by
 * now; but for a number of tasks that is still ours, both are left alone
 * @throws ShipError `DEPLOYMENT_FAILED` when nothing served before; the deployment is stopped all the same
 */
export async function goBack(caller: Caller, balancers: BalancerReader, recovery: Recovery): Promise<Return> {
  if (recovery.idleBehind) await refuseWithTraffic(caller, balancers, recovery.idleBehind);
  else if (recovery.deployment !== undefined && (await isStopped(caller, recovery.deployment))) {
    await restoreCount(caller, recovery);
    if (recovery.previous === undefined) throw nothingServed(recovery);
    return "asked";
  }
  const service = await describeService(caller, recovery.address).catch(unlessGone);
  if (!service) return "not-ours";
  if (service.taskDefinition !== recovery.ours) {
    if (service.taskDefinition !== recovery.previous) return "not-ours";
    // A circuit breaker brings the revision back, but not the number of tasks.
    if (recovery.desired === undefined || service.desired === recovery.desired) return "already";
    await restoreCount(caller, recovery);
    return "asked";
  }
  const { currentDeployment } = service;
  // Somebody deployed the same revision again: that deployment is theirs.
  if (await isFollowed(caller, recovery.deployment, currentDeployment)) return "not-ours";
  const changesBack = recovery.desired !== undefined || recovery.settings !== undefined;
  if (recovery.previous === recovery.ours && !changesBack) {
    return currentDeployment !== undefined && (await isStopped(caller, currentDeployment))
      ? "asked"
      : "already";
  }
  // It runs our revision, so what is current since then is ours, though it was not listed yet.
  const isUnlisted = recovery.deployment === undefined && currentDeployment !== recovery.before;
  if (
    isUnlisted &&
    currentDeployment !== undefined &&
    !recovery.idleBehind &&
    recovery.previous !== recovery.ours
  )
    if (await isStopped(caller, currentDeployment)) {
      await restoreCount(caller, recovery);
      if (recovery.previous === undefined) throw nothingServed(recovery);
      return "asked";
    }
  const update = backTo(recovery);
  if (update === undefined) throw nothingServed(recovery);
  await updateService(caller, recovery.address, update);
  return "asked";
}

/**
 * Waits until the service is seen to serve with what it ran before.
 * @throws ShipError `DEPLOYMENT_TIMEOUT`
 */
export async function seeBack(
  caller: Caller,
  balancers: BalancerReader,
  recovery: Recovery,
  times: { readonly every: number; readonly timeout: number },
  signal: AbortSignal,
): Promise<void> {
  let last = "nothing was seen";
  const looks = patientLooks(caller);
  await poll(
    () =>
      looks.at(async () => {
        const service = await describeService(caller, recovery.address);
        last = seen(service);
        if (!isBack(service, recovery)) return undefined;
        const health = await healthOf(caller, balancers, service);
        if (health !== undefined) last = `${last}, ${health}`;
        return health === undefined ? true : undefined;
      }),
    {
      clock: caller.session.clock,
      everyMilliseconds: times.every,
      timeoutMilliseconds: times.timeout,
      signal,
      onTimeout: () =>
        new ShipError(
          "DEPLOYMENT_TIMEOUT",
          looks.blamed(
            `${recovery.address.service} was not seen to run ${recovery.previous ?? "its former revision"} again; last seen: ${last}.`,
          ),
        ),
    },
  );
}

/**
 * What is missing until the tasks that run again also serve: tasks that have only started may still crash. Until the
 * scheduler is done with them, their load balancer tells, and for a service without one the scheduler alone.
 */
async function healthOf(
  caller: Caller,
  balancers: BalancerReader,
  service: ServiceState,
): Promise<string | undefined> {
  const primary = service.rollouts.find((rollout) => rollout.status === "PRIMARY");
  if (primary?.state !== "IN_PROGRESS" || service.desired === 0) return undefined;
  const { targetGroups, alternateTargetGroups } = service;
  if (targetGroups.length === 0) return "not yet in a steady state";
  try {
    const groups = await Promise.all(
      [...targetGroups, ...alternateTargetGroups].map((group) => balancers.health(group, caller)),
    );
    const healthy = groups.map((group) => group.filter(({ state }) => state === "healthy").length);
    const most = Math.max(...healthy);
    return most >= service.desired ? undefined : `${most} of ${service.desired} targets healthy`;
  } catch (error) {
    if (isClosed(error)) return undefined;
    throw error;
  }
}

/** The primary rollout, and what else still has tasks: a deployment back that bakes, or one that is not stopped. */
function seen(service: ServiceState): string {
  const name = ({ taskDefinition }: { readonly taskDefinition: string }) => taskDefinition.split("/").at(-1);
  const primary = service.rollouts.find((rollout) => rollout.status === "PRIMARY");
  const others = service.rollouts.filter((rollout) => rollout !== primary && rollout.desired > 0);
  const beside = others.map((rollout) => `, beside ${rollout.desired} of ${name(rollout)}`).join("");
  const state = primary?.state === undefined ? "" : ` (${primary.state})`;
  return `${name(service)}, ${primary?.running ?? 0} of ${service.desired} running${state}${beside}`;
}

/**
 * True when what served before is the primary rollout in full number, and everything else is on its way out. The rollout
 * is COMPLETED only minutes later, when the last connections to the withdrawn tasks have drained.
 */
export function isBack(service: ServiceState, recovery: Recovery): boolean {
  const primary = service.rollouts.find((rollout) => rollout.status === "PRIMARY");
  if (!primary || primary.taskDefinition !== recovery.previous) return false;
  if (recovery.desired !== undefined && service.desired !== recovery.desired) return false;
  const others = service.rollouts.filter((rollout) => rollout !== primary);
  return (
    primary.state !== "FAILED" &&
    primary.running >= service.desired &&
    others.every((rollout) => rollout.desired === 0)
  );
}

function nothingServed({ address }: Recovery): ShipError {
  return new ShipError(
    "DEPLOYMENT_FAILED",
    `There is no earlier revision that served to bring ${address.service} back to.`,
    { hint: "Fix the new revision and deploy again; nothing served before it." },
  );
}

function unlessGone(error: unknown): undefined {
  if (!isShipError(error) || error.code !== "NOT_FOUND") throw error;
}

/** False when it is over, may not be stopped, or cannot be asked to: then UpdateService is the way back. */
async function isStopped(caller: Caller, deployment: string): Promise<boolean> {
  try {
    await stopServiceDeployment(caller, deployment);
    return true;
  } catch (error) {
    if (isShipError(error) && error.kind !== "cancelled") return false;
    throw error;
  }
}

/** True when a deployment that began after ours is the current one; what cannot be read counts as no. */
async function isFollowed(
  caller: Caller,
  ours: string | undefined,
  current: string | undefined,
): Promise<boolean> {
  if (ours === undefined || current === undefined || current === ours) return false;
  try {
    const [mine, other] = await Promise.all([
      describeServiceDeployment(caller, ours),
      describeServiceDeployment(caller, current),
    ]);
    return mine !== undefined && other !== undefined && other.createdAt > mine.createdAt;
  } catch (error) {
    if (isShipError(error) && error.kind !== "cancelled") return false;
    throw error;
  }
}

async function restoreCount(caller: Caller, recovery: Recovery): Promise<void> {
  if (recovery.desired === undefined) return;
  await updateService(caller, recovery.address, { desiredCount: recovery.desired });
}

function backTo(recovery: Recovery): ServiceUpdate | undefined {
  const { previous, desired, settings = {} } = recovery;
  const back = { ...settings, ...(desired !== undefined && { desiredCount: desired }) };
  if (previous !== undefined && previous !== recovery.ours) return { taskDefinition: previous, ...back };
  return Object.keys(back).length === 0 ? undefined : back;
}

async function refuseWithTraffic(
  caller: Caller,
  balancers: BalancerReader,
  idle: { readonly rule: string; readonly targetGroup: string },
): Promise<void> {
  const weights = await balancers.weights(idle.rule, caller);
  const weight = weights.get(idle.targetGroup) ?? 0;
  if (weight === 0) return;
  throw new ShipError(
    "TRAFFIC_DRIFTED",
    `The candidate's target group has weight ${weight} on ${idle.rule} by now, so its tasks were left running.`,
  );
}
