import { createProgress, ShipError } from "#ship/kit";
import type { Caller } from "../api/caller.ts";
import type { BalancerReader, TargetHealth } from "../api/target-health.ts";
import { lookUntil } from "../deployment/look.ts";

/** How long and how often to look, in milliseconds. */
export interface Patience {
  readonly every: number;
  readonly timeout: number;
  readonly signal: AbortSignal;
}

/**
 * Waits until a target group has at least `wanted` healthy targets, so that traffic never goes to a group that cannot take it.
 * @throws ShipError `DEPLOYMENT_FAILED` with the load balancer's reasons
 */
export async function awaitHealthyTargets(
  caller: Caller,
  balancers: BalancerReader,
  targetGroup: string,
  wanted: number,
  patience: Patience,
): Promise<void> {
  const { clock, log } = caller.session;
  const progress = createProgress(log, clock);
  let targets: TargetHealth[] = [];
  const healthy = () => targets.filter((target) => target.state === "healthy").length;
  await lookUntil(
    caller,
    async () => {
      targets = await balancers.health(targetGroup, caller);
      progress.update(`${healthy()} of ${wanted} targets healthy`);
      return healthy() >= wanted ? true : undefined;
    },
    {
      ...patience,
      late(blamed) {
        const ailing = targets.filter((target) => target.state !== "healthy");
        return new ShipError(
          "DEPLOYMENT_FAILED",
          blamed(`Only ${healthy()} of ${wanted} targets became healthy in ${targetGroup}.`),
          { details: ailing.map((target) => `${target.target} ${target.state} ${target.reason}`) },
        );
      },
    },
  );
}
