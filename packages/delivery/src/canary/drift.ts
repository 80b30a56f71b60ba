import { formatShare, ShipError } from "#ship/kit";
import { isSameShare } from "../same-share.ts";
import type { TrafficTarget } from "../target.ts";

/**
 * Looks whether the split is still the one this rollout wrote. A platform with a course of its own moves by itself.
 * @throws ShipError `TRAFFIC_DRIFTED`
 */
export async function requireSplit(target: TrafficTarget, share: number, signal: AbortSignal): Promise<void> {
  if (target.course) return;
  const { split, canary } = await target.inspect(signal);
  if (isSameShare(split.canary, share)) return;
  throw new ShipError(
    "TRAFFIC_DRIFTED",
    `${canary.name} has ${formatShare(split.canary)} of the traffic, but this rollout gave it ${formatShare(share)}.`,
  );
}
