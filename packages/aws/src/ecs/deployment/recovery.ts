import { isShipError, ShipError } from "#ship/kit";
import type { Caller } from "../api/caller.ts";
import { describeServiceDeployment, stopServiceDeployment } from "../api/service-deployments.ts";
import {
  describeService,
  forceDeployment,
  type ServiceAddress,
  type ServiceUpdate,
  updateService,
} from "../api/services.ts";
import type { BalancerReader } from "../api/target-health.ts";
import type { Fields } from "../task-definition/schema.ts";

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
  /** Settings that this run changed and that belong to no revision; they are brought back last. */
  readonly loose?: LooseSettings;
  /** ARN of our service deployment, once known. */
  readonly deployment?: string;
  /** True once our service deployment was seen to have ended: there is nothing left to stop. */
  readonly ended?: boolean;
  /** True once a way back was asked for and accepted. */
  readonly asked?: boolean;
  /** ARN of the service deployment that was current before ours. */
  readonly before?: string;
  /** For a candidate beside the stable service: it may only be withdrawn while the rule gives it no traffic. */
  readonly idleBehind?: { readonly rule: string; readonly targetGroup: string };
}

/** Settings that belong to no revision, by their names in UpdateService: as this run sent them, and as they were. */
export interface LooseSettings {
  readonly sent: Fields;
  readonly former: Fields;
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
  else if (
    recovery.deployment !== undefined &&
    !recovery.ended &&
    (await isStopped(caller, recovery.deployment))
  ) {
    await restoreCount(caller, recovery);
    if (recovery.previous === undefined) throw nothingServed(recovery);
    return "asked";
  }
  const service = await describeService(caller, recovery.address).catch(unlessGone);
  if (!service) return "not-ours";
  if (service.taskDefinition !== recovery.ours) {
    if (service.taskDefinition !== recovery.previous) return "not-ours";
    const primary = service.rollouts.find(({ status }) => status === "PRIMARY");
    // Amazon ECS gave up bringing it back (ROLLBACK_FAILED): only a new deployment of it tries again.
    if (primary?.state === "FAILED") {
      await forceDeployment(caller, recovery.address, { ...backTo(recovery) }, service);
      return "asked";
    }
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

/** What a service deployment passes through on its way back. */
const backwards = ["STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS", "ROLLBACK_SUCCESSFUL"];

/** True when a way back that was asked for is under way or done; what cannot be read counts as no. */
export async function isGoingBack(caller: Caller, recovery: Recovery): Promise<boolean> {
  try {
    const service = await describeService(caller, recovery.address);
    if (service.taskDefinition === recovery.previous && recovery.previous !== recovery.ours)
      return recovery.desired === undefined || service.desired === recovery.desired;
    if (recovery.deployment === undefined) return false;
    const state = await describeServiceDeployment(caller, recovery.deployment);
    return state !== undefined && backwards.includes(state.status);
  } catch (error) {
    if (isShipError(error) && error.kind !== "cancelled") return false;
    throw error;
  }
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
