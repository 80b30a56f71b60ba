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
  /** True once this rollout, or an earlier process of it, has made the service keep them. */
  isFloorRaised: boolean;
  /** The division this rollout saw or wrote last. */
  expected: Shares;
  /** The write that brings everything back, kept ready: it needs no read, and wins over whatever was written meanwhile. */
  back: ServicePatch;
  /** The same write for a timer, which acts later: it also gives back what was not yet taken when it was set. */
  backLater: ServicePatch;
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
  const shares = sharesOf(service);
  // Instances are given back with the traffic: what is kept while only one revision serves is somebody else's wish.
  const raised = shares.size > 1 && note?.stable === stable ? note.instances : undefined;
  const isFloorRaised = raised !== undefined && service.scaling?.minInstanceCount === raised.during;
  const memory: Memory = {
    arms,
    floor: isFloorRaised ? raised : floorFor(service, ...revisions),
    isFloorRaised,
    expected: shares,
    back: {},
    backLater: {},
  };
  keepWayBack(memory, service);
  return memory;
}

/** Makes the restoring write anew from the newest state: tags may have come or gone since. */
export function keepWayBack(memory: Memory, service: Service): void {
  const { floor, isFloorRaised, arms } = memory;
  const traffic = [...entriesFor(divide(arms, 0), service)];
  const scaling = floor && { ...service.scaling, minInstanceCount: floor.before };
  memory.backLater = { traffic, ...(scaling ? { scaling } : {}) };
  memory.back = isFloorRaised ? memory.backLater : { traffic };
}
