import type { Revision, Service } from "./model.ts";

/** From this percentage on the canary is given its share of the instances that are kept warm for stable. */
export const muchTraffic = 25;

/** Least numbers of instances of a service: now, and while the canary has much of the traffic. */
export interface InstanceFloor {
  readonly before: number;
  readonly during: number;
}

/**
 * Whether the service must keep instances warm for the canary. A revision's own number cannot be changed any more; the
 * service's is divided among its revisions by their percentages (Cloud Run Admin API v2: ServiceScaling). So where stable
 * was made with more warm instances than the canary, the service keeps as many for both.
 * @returns `undefined` when the canary has enough of its own, or the service already keeps as many
 */
export function floorFor(service: Service, stable: Revision, canary: Revision): InstanceFloor | undefined {
  const kept = (scaling: Revision["scaling"]) => scaling?.minInstanceCount ?? 0;
  const [before, wanted] = [kept(service.scaling), kept(stable.scaling)];
  return kept(canary.scaling) >= wanted || before >= wanted ? undefined : { before, during: wanted };
}
