import { isShipError, ShipError } from "#ship/kit";
import { isClosed } from "../../errors.ts";
import type { Caller } from "../api/caller.ts";
import { describeServiceDeployment } from "../api/service-deployments.ts";
import { describeService, type Rollout, type ServiceState } from "../api/services.ts";
import type { BalancerReader } from "../api/target-health.ts";
import { lookUntil } from "./look.ts";
import type { Recovery } from "./recovery.ts";

/** How to look for the way back; times are milliseconds. */
export interface BackPatience {
  readonly every: number;
  readonly timeout: number;
  /**
   * Asks for the way back once more, when Amazon ECS could not finish the first one: told how that ended, a status of our
   * service deployment or the rollout state of the previous revision. Absent where nothing may be done.
   */
  readonly again?: (end: string) => Promise<unknown>;
}

/** An answer may be older than the last call: what has ended is asked for again only when it stands so, in milliseconds. */
const insistAfter = 10_000;
/** A revision that Amazon ECS gave up is given up here, too, once it has stood so for this long, in milliseconds. */
const brokenFor = 30_000;

/**
 * Waits until the service is seen to serve with what it ran before. A rollback that Amazon ECS could not finish is asked
 * for once more.
 * @throws ShipError `DEPLOYMENT_TIMEOUT`, or `DEPLOYMENT_FAILED` when Amazon ECS has given the previous revision up, too
 */
export async function seeBack(
  caller: Caller,
  balancers: BalancerReader,
  recovery: Recovery,
  { every, timeout, again }: BackPatience,
  signal: AbortSignal,
): Promise<void> {
  const { clock } = caller.session;
  const name = recovery.previous ?? "its former revision";
  let last = "nothing was seen";
  let isRepeated = again === undefined;
  let givenUpSince: number | undefined;
  let brokenSince: number | undefined;

  const insist = async (service: ServiceState): Promise<void> => {
    if (!isRepeated) {
      const end = await givenUpAs(caller, service, recovery);
      givenUpSince = end ? (givenUpSince ?? clock.now()) : undefined;
      if (end === undefined || givenUpSince === undefined || clock.now() - givenUpSince < insistAfter) return;
      isRepeated = true;
      caller.session.log.warning(
        `Amazon ECS did not bring ${recovery.address.service} back by itself (${last}); it is asked once more.`,
      );
      await again?.(end);
      return;
    }
    const isBroken = primaryOf(service)?.state === "FAILED" && service.taskDefinition === recovery.previous;
    brokenSince = isBroken ? (brokenSince ?? clock.now()) : undefined;
    if (brokenSince === undefined || clock.now() - brokenSince < brokenFor) return;
    throw new ShipError(
      "DEPLOYMENT_FAILED",
      `${recovery.address.service} could not be brought back to ${name}; last seen: ${last}.`,
      { hint: "Nothing may serve now: look at the service in the console." },
    );
  };

  await lookUntil(
    caller,
    async () => {
      const service = await describeService(caller, recovery.address);
      last = seen(service);
      if (!isBack(service, recovery)) {
        await insist(service);
        return undefined;
      }
      const missing = await missingHealth(caller, balancers, service);
      if (missing !== undefined) last = `${last}, ${missing}`;
      return missing === undefined ? true : undefined;
    },
    {
      every,
      timeout,
      signal,
      late: (blamed) =>
        new ShipError(
          "DEPLOYMENT_TIMEOUT",
          blamed(`${recovery.address.service} was not seen to run ${name} again; last seen: ${last}.`),
        ),
    },
  );
}

/** How it ended where nothing brings it back any more unless it is asked to: the rollback failed, or left ours in place. */
async function givenUpAs(
  caller: Caller,
  service: ServiceState,
  recovery: Recovery,
): Promise<string | undefined> {
  const state = primaryOf(service)?.state;
  if (service.taskDefinition === recovery.previous) return state === "FAILED" ? state : undefined;
  if (service.taskDefinition !== recovery.ours || recovery.deployment === undefined) return undefined;
  try {
    const status = (await describeServiceDeployment(caller, recovery.deployment))?.status ?? "";
    return ["ROLLBACK_FAILED", "STOPPED"].includes(status) ? status : undefined;
  } catch (error) {
    if (isShipError(error) && error.kind !== "cancelled") return undefined;
    throw error;
  }
}

/** States of targets that are to serve and do not; those on their way out are in other ones. */
const ailing = new Set(["unhealthy", "initial", "unavailable"]);

/**
 * What is missing until the tasks that run again also serve: tasks that have only started may still crash. Until the
 * scheduler is done with them, their load balancers tell, and for a service without one the scheduler alone. Once it is
 * done, no target may be ailing.
 */
async function missingHealth(
  caller: Caller,
  balancers: BalancerReader,
  service: ServiceState,
): Promise<string | undefined> {
  if (service.desired === 0) return undefined;
  const isUnderWay = primaryOf(service)?.state === "IN_PROGRESS";
  if (service.balancers.length === 0) return isUnderWay ? "not yet in a steady state" : undefined;
  try {
    const lacking = await Promise.all(
      service.balancers.map(async (groups) => {
        const targets = await Promise.all(groups.map((group) => balancers.health(group, caller)));
        const healthy = Math.max(
          ...targets.map((group) => group.filter(({ state }) => state === "healthy").length),
        );
        const isAiling = targets.flat().some(({ state }) => ailing.has(state));
        return healthy >= service.desired || !(isUnderWay || isAiling) ? undefined : healthy;
      }),
    );
    const least = lacking.filter((healthy) => healthy !== undefined);
    return least.length === 0 ? undefined : `${Math.min(...least)} of ${service.desired} targets healthy`;
  } catch (error) {
    // Where the scheduler is done, its word has to do for a load balancer that cannot be asked.
    const isDown = isShipError(error) && error.code === "SERVICE_UNAVAILABLE";
    if (isClosed(error) || (isDown && !isUnderWay)) return undefined;
    throw error;
  }
}

function primaryOf(service: ServiceState): Rollout | undefined {
  return service.rollouts.find((rollout) => rollout.status === "PRIMARY");
}

/** The primary rollout, and what else still has tasks: a deployment back that bakes, or one that is not stopped. */
function seen(service: ServiceState): string {
  const name = ({ taskDefinition }: { readonly taskDefinition: string }) => taskDefinition.split("/").at(-1);
  const primary = primaryOf(service);
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
  const primary = primaryOf(service);
  if (!primary || primary.taskDefinition !== recovery.previous) return false;
  if (recovery.desired !== undefined && service.desired !== recovery.desired) return false;
  const others = service.rollouts.filter((rollout) => rollout !== primary);
  return (
    primary.state !== "FAILED" &&
    primary.running >= service.desired &&
    others.every((rollout) => rollout.desired === 0)
  );
}
