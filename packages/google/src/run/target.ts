import type { Candidate, DeadMan, TargetNotes, TrafficTarget } from "#ship/delivery";
import { type RetryPolicy, ShipError } from "#ship/kit";
import { createTimer } from "../scheduler/timer.ts";
import type { GoogleSession } from "../session.ts";
import { createAnnotationNotes } from "./annotations.ts";
import { type CloudRunService, openCloudRunApi } from "./api.ts";
import { failureOf, isReady, reasonsOf } from "./conditions.ts";
import { writeDivision } from "./divide.ts";
import { quietService, shareOf, warningsOf } from "./look.ts";
import { learn, type Memory } from "./memory.ts";
import { type Revision, type Service, shortName } from "./model.ts";
import { awaitDivision } from "./settle.ts";
import { divide, findArms, isSame, sharesInForce, sharesOf, tagAddress } from "./traffic.ts";

/** A service and the revision on trial, by its name or by one of its tags. */
export interface CloudRunSplit extends CloudRunService {
  readonly candidate: string;
}

/** One restoring call ends well within the runner's grace time; whoever made it calls again for as long as it may. */
const persistent: RetryPolicy = {
  attempts: 100,
  baseMilliseconds: 100,
  capMilliseconds: 500,
  budgetMilliseconds: 2_500,
};
/** A call that makes production safe must not wait for a connection that hangs. Milliseconds. */
const impatient = 2_000;

/** A Cloud Run service as a rollout uses it. */
export interface CloudRunRollout {
  readonly target: TrafficTarget;
  readonly notes: TargetNotes;
  /** A timer that brings all traffic back as a service account; the target must have been looked at before it is set. */
  deadMan(serviceAccount: string): DeadMan;
}

/** A traffic target over the percentages of a Cloud Run service. No call is made yet. */
export function createCloudRunRollout(session: GoogleSession, split: CloudRunSplit): CloudRunRollout {
  const api = openCloudRunApi(session, split);
  const { clock } = session;
  const never = new AbortController().signal;
  let memory: Memory | undefined;

  const recall = async (service: Service, signal: AbortSignal) => {
    memory ??= await learn(api, service, split.candidate, signal);
    return memory;
  };
  const look = async (signal: AbortSignal) => {
    const service = await api.service(signal);
    const known = await recall(service, signal);
    if (known === undefined) throw nothingBeside(api.resource, split.candidate);
    return { service, memory: known };
  };

  const target: TrafficTarget = {
    async inspect(signal = never) {
      const service = await quietService(api, clock, signal);
      const known = await recall(service, signal);
      if (known === undefined) {
        const { canary } = findArms(service, split.candidate, undefined);
        const candidate = candidateOf(await api.revision(canary, signal), service);
        return { split: { canary: 1 }, stable: candidate, canary: candidate, warnings: [] };
      }
      const { stable, canary } = known.arms;
      const revisions = await Promise.all([api.revision(stable, signal), api.revision(canary, signal)]);
      const [ofStable, ofCanary] = revisions;
      return {
        split: { canary: shareOf(service, canary) },
        stable: candidateOf(ofStable, service),
        canary: candidateOf(ofCanary, service),
        warnings: warningsOf(service, revisions),
        ...(isOnItsWayBack(service, known) ? { motion: "back" } : {}),
      };
    },

    async route({ canary }, signal = never) {
      const operation = await writeDivision(Math.round(canary * 100), api, () => look(signal), signal);
      const wanted = memory?.expected ?? new Map();
      await awaitDivision(wanted, { api, clock, signal, operation });
    },

    async restore() {
      if (!memory)
        throw new ShipError("UNEXPECTED", `${api.resource} was never read, so nothing can be restored.`);
      memory.expected = divide(memory.arms, 0);
      await api.patch(memory.back, {
        signal: never,
        policy: persistent,
        timeout: impatient,
        onConflict: "retry",
      });
    },

    restoreByHand: () =>
      memory
        ? `gcloud run services update-traffic ${split.service} --project ${split.project} --region ${split.region} --to-revisions ${memory.arms.stable}=100`
        : `${api.resource} was never read: nothing of it was changed.`,

    async health({ name }, signal = never) {
      const revision = await api.revision(name, signal);
      return isReady(revision)
        ? { healthy: 1, registered: 1, reasons: [] }
        : { healthy: 0, registered: 1, reasons: reasonsOf(revision) };
    },

    async retire({ name }, signal = never) {
      const { service } = await look(signal);
      const shares = sharesOf(service);
      const serving = shares.get(name) ?? 0;
      if (serving > 0) {
        throw new ShipError(
          "TRAFFIC_DRIFTED",
          `${name} shall be taken away, but ${api.resource} gives it ${serving} % of the traffic.`,
        );
      }
      await awaitDivision(shares, { api, clock, signal, operation: undefined });
    },
  };
  return {
    target,
    notes: createAnnotationNotes(api),
    deadMan: (serviceAccount) =>
      createTimer(session, {
        ...split,
        serviceAccount,
        name: `ship-canary-${split.service}`,
        call() {
          if (!memory)
            throw new ShipError("UNEXPECTED", `${api.resource} was never read: no timer can be set.`);
          return { ...api.patchRequest(memory.backLater), method: "PATCH" };
        },
      }),
  };
}

/** A revision never changes, so its name says what it runs; the digest of its image says it across revisions. */
function candidateOf(revision: Revision, service: Service): Candidate {
  const name = shortName(revision.name);
  const image = revision.containers[0]?.image;
  const address = tagAddress(service, name);
  return {
    name,
    release: image?.includes("@sha256:") ? image : name,
    ...(address === undefined ? {} : { address }),
  };
}

/** True from the moment all traffic was given back until Cloud Run serves accordingly. */
function isOnItsWayBack(service: Service, { arms }: Memory): boolean {
  return (
    isSame(sharesOf(service), divide(arms, 0)) &&
    failureOf(service) === undefined &&
    sharesInForce(service).has(arms.canary)
  );
}

function nothingBeside(resource: string, candidate: string): ShipError {
  return new ShipError(
    "TARGET_AMBIGUOUS",
    `${resource} sends all traffic to ${candidate}, and no other release is known.`,
    { hint: "Give the revision that is on trial, not the one that serves." },
  );
}
