import type { Clock, Log } from "#ship/kit";
import type { TrafficTarget } from "../target.ts";
import { bringBack, notBack } from "./bring-back.ts";

/**
 * Settles what an earlier process left behind when it died in the middle of a rollout: looks, and brings the traffic back
 * to stable where the canary still has some.
 * @param budget milliseconds to keep trying
 * @throws ShipError `ROLLBACK_FAILED` with the command that does it by hand
 */
export async function settle(
  target: TrafficTarget,
  { clock, log, budget }: { clock: Clock; log: Log; budget: number },
): Promise<void> {
  const { split, stable, canary, motion } = await target.inspect(AbortSignal.timeout(budget));
  if (split.canary === 0 && motion === undefined) return log.info(`All traffic is at ${stable.name}.`);
  log.warning(
    `${canary.name} still has ${split.canary * 100} % of the traffic of an unfinished rollout; it goes back to ${stable.name}.`,
  );
  const { share } = await bringBack(target, { clock, budget });
  if (share > 0) throw notBack(target, share);
}
