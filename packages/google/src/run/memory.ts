import type { CloudRunApi, ServicePatch } from "./api.ts";
import { floorFor, type InstanceFloor } from "./instances.ts";
import type { Service } from "./model.ts";
import { readSplitNote } from "./split-note.ts";
import { type Arms, divide, entriesFor, findArms, type Shares, sharesOf } from "./traffic.ts";

/** What a rollout knows of a service from its first look on. */
export interface Memory {
  readonly arms: Arms;
  /** Least numbers of instances, where the service must keep some warm for the canary. */
  readonly floor: InstanceFloor | undefined;
  /** True once the service keeps them. */
  isFloorRaised: boolean;
  /** The division this rollout saw or wrote last. */
  expected: Shares;
  /** The write that brings everything back, kept ready: it needs no read, and wins over whatever was written meanwhile. */
  back: ServicePatch;
}

/**
 * Learns what must be known of a service before its traffic is moved.
 * @returns `undefined` when the candidate has all traffic and no other release is known
 * @throws ShipError `NOT_FOUND` for a candidate that is no revision, `TARGET_AMBIGUOUS` for several stable revisions
 */
export async function learn(
  api: CloudRunApi,
  service: Service,
  candidate: string,
  signal: AbortSignal,
): Promise<Memory | undefined> {
  const note = readSplitNote(service);
  const { canary, stable } = findArms(service, candidate, note?.stable);
  if (stable === undefined) return undefined;
  const revisions = await Promise.all([api.revision(stable, signal), api.revision(canary, signal)]);
  const arms = { stable, canary };
  const raised = note?.instances;
  const memory: Memory = {
    arms,
    floor: raised ?? floorFor(service, ...revisions),
    isFloorRaised: raised !== undefined && service.scaling?.minInstanceCount === raised.during,
    expected: sharesOf(service),
    back: {},
  };
  keepWayBack(memory, service);
  return memory;
}

/** Makes the restoring write anew from the newest state: tags may have come or gone since. */
export function keepWayBack(memory: Memory, service: Service): void {
  const { floor, isFloorRaised, arms } = memory;
  memory.back = {
    traffic: [...entriesFor(divide(arms, 0), service)],
    ...(floor && isFloorRaised ? { scaling: { ...service.scaling, minInstanceCount: floor.before } } : {}),
  };
}
