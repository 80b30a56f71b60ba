import { ShipError } from "#ship/kit";
import { isConflict } from "../session.ts";
import type { CloudRunApi, ServicePatch } from "./api.ts";
import { muchTraffic } from "./instances.ts";
import { keepWayBack, type Memory } from "./memory.ts";
import type { Operation, Service } from "./model.ts";
import { inWords } from "./settle.ts";
import { withSplitNote } from "./split-note.ts";
import { divide, entriesFor, followsLatest, isSame, type Shares, sharesOf } from "./traffic.ts";

/** How often a write that somebody else's crossed is tried again on the newest state. */
const crossings = 5;

/**
 * Writes a division onto the newest state, provided that is the one this rollout left. The etag of that state goes along,
 * so a write that is still under way when traffic is brought back can not land behind it.
 * @param percent for the canary, a whole number
 * @returns the operation to wait for; `undefined` when it was written already
 * @throws ShipError `TRAFFIC_DRIFTED` when somebody else changed the division
 */
export async function writeDivision(
  percent: number,
  api: CloudRunApi,
  look: () => Promise<{ readonly service: Service; readonly memory: Memory }>,
  signal: AbortSignal,
): Promise<Operation | undefined> {
  let isSent = false;
  for (let crossing = 0; ; crossing += 1) {
    const { service, memory } = await look();
    const wanted = divide(memory.arms, percent);
    const seen = sharesOf(service);
    // Sent, its answer lost, sent again and refused for its etag: then the division found is our own.
    const isOwn = isSame(seen, memory.expected) || (isSent && isSame(seen, wanted));
    if (!isOwn) throw drifted(api, seen, memory.expected);
    memory.isFloorRaised ||= memory.floor !== undefined && isShared(percent) && percent >= muchTraffic;
    keepWayBack(memory, service);
    if (isSame(seen, wanted) && !followsLatest(service)) {
      memory.expected = wanted;
      return undefined;
    }
    isSent = true;
    try {
      const operation = await api.patch(changeTo(percent, service, memory), { signal });
      memory.expected = wanted;
      return operation;
    } catch (error) {
      if (!isConflict(error) || crossing >= crossings) throw error;
    }
  }
}

/**
 * Traffic, its note and the least number of instances are one write: whatever dies, they fit each other. With all traffic the
 * canary already runs as it will from then on.
 */
function changeTo(percent: number, service: Service, { arms, floor, isFloorRaised }: Memory): ServicePatch {
  const raised = isFloorRaised ? floor : undefined;
  const kept = raised && isShared(percent) ? raised : undefined;
  return {
    traffic: [...entriesFor(divide(arms, percent), service)],
    annotations: withSplitNote(service, { stable: arms.stable, instances: kept }),
    ...(raised
      ? { scaling: { ...service.scaling, minInstanceCount: kept ? raised.during : raised.before } }
      : {}),
    etag: service.etag,
  };
}

function isShared(percent: number): boolean {
  return percent > 0 && percent < 100;
}

function drifted({ resource }: CloudRunApi, seen: Shares, left: Shares): ShipError {
  return new ShipError(
    "TRAFFIC_DRIFTED",
    `${resource} serves ${inWords(seen)}, but this rollout left it at ${inWords(left)}.`,
  );
}
