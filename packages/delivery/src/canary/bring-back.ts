import { type Clock, formatShare, isShipError, messageOf, ShipError } from "#ship/kit";
import type { TrafficTarget } from "../target.ts";

/** How {@link bringBack} works. */
export interface BringBackOptions {
  readonly clock: Clock;
  /** Milliseconds to keep trying. */
  readonly budget: number;
  /** A restoring call that a cancellation has already begun. */
  readonly begun?: Promise<void> | undefined;
}

/** Where traffic is when it has been brought back, or when time is up while a platform is on its way. */
export interface Brought {
  /** The canary's share, a fraction. */
  readonly share: number;
  /** False while a platform is still on its way back. */
  readonly isAtRest: boolean;
}

const pause = 500;

/**
 * Brings all traffic back to stable, and believes it only when it has been read back; tries for as long as it may. A
 * platform that is seen on its own way back is waited for and not asked again.
 * @throws ShipError `ROLLBACK_FAILED` with the command that does it by hand; `DEPLOYMENT_SUPERSEDED` when a newer release
 * has taken the place of this one
 */
export async function bringBack(target: TrafficTarget, options: BringBackOptions): Promise<Brought> {
  const { clock, budget } = options;
  const deadline = clock.now() + budget;
  let restoring = options.begun ?? target.restore();
  for (;;) {
    const { problem, left, isOnItsWay } = await look(target, restoring, budget);
    const isLate = clock.now() >= deadline;
    if (problem === undefined && (!isOnItsWay || isLate)) return { share: left, isAtRest: !isOnItsWay };
    if (problem !== undefined && (isLate || isHopeless(problem))) {
      if (isShipError(problem) && problem.code === "DEPLOYMENT_SUPERSEDED") throw problem;
      throw notBack(target, problem);
    }
    await clock.sleep(Math.min(pause, deadline - clock.now()));
    if (!isOnItsWay) restoring = target.restore();
  }
}

/** The error for traffic that is not back: the share the canary still has, or what went wrong. */
export function notBack(target: TrafficTarget, problem: unknown): ShipError {
  const what =
    typeof problem === "number" ? `the canary still has ${formatShare(problem)}` : messageOf(problem);
  return new ShipError(
    "ROLLBACK_FAILED",
    `Traffic could not be brought back to the stable release: ${what}`,
    { cause: problem, details: ["Bring the traffic back by hand:", target.restoreByHand()] },
  );
}

/** A refusal stays one, and what has ended cannot be stopped. */
function isHopeless(problem: unknown): boolean {
  return (
    isShipError(problem) &&
    (problem.kind === "denied" || problem.kind === "unhealthy" || problem.code === "DEPLOYMENT_SUPERSEDED")
  );
}

async function look(
  target: TrafficTarget,
  restoring: Promise<void>,
  budget: number,
): Promise<{ readonly problem?: unknown; readonly left: number; readonly isOnItsWay: boolean }> {
  try {
    await restoring;
    const { split, motion } = await target.inspect(AbortSignal.timeout(budget));
    const left = split.canary;
    if (motion === "back") return { left, isOnItsWay: true };
    const isBack = left === 0 && motion === undefined;
    return { left, isOnItsWay: false, ...(isBack ? {} : { problem: left }) };
  } catch (problem) {
    return { problem, left: 1, isOnItsWay: false };
  }
}
