import {
  type Clock,
  formatDuration,
  formatShare,
  type Log,
  messageOf,
  ShipError,
  toShipError,
} from "#ship/kit";
import { bringBack, notBack } from "../canary/bring-back.ts";
import type { TrafficTarget } from "../target.ts";
import type { DeadMan } from "./dead-man.ts";
import type { TargetNotes } from "./notes.ts";
import { type RolloutRecord, runUrl } from "./record.ts";
import { createRolloutRecords } from "./records.ts";

/** One place where a rollout may have been left behind. */
export interface ReconcilePlace {
  /** For people: an ARN, a service. */
  readonly name: string;
  readonly notes: TargetNotes;
  /** Opens the traffic between the two releases of a record. */
  open(
    record: RolloutRecord,
  ): Promise<{ readonly target: TrafficTarget; readonly deadMan: DeadMan | undefined }>;
}

/** What was found at a place, and what became of it. `cleared`: only a record was left, the traffic was safe already. */
export interface Reconciled {
  readonly place: string;
  readonly state: "nothing" | "alive" | "held" | "cleared" | "settled" | "failed";
  /** In one sentence. */
  readonly what: string;
  readonly failure?: ShipError;
}

/** What {@link reconcile} works with. */
export interface ReconcilePorts {
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Milliseconds to keep trying at each place. */
  readonly budget: number;
}

/**
 * Looks at each place for a rollout whose driver is dead (its deadline has passed) and brings all traffic back to its stable
 * release, seen to be there. One place that fails does not keep the others waiting.
 */
export async function reconcile(
  places: readonly ReconcilePlace[],
  ports: ReconcilePorts,
): Promise<readonly Reconciled[]> {
  const all: Reconciled[] = [];
  for (const place of places) {
    ports.signal.throwIfAborted();
    const found = await lookAt(place, ports);
    const said = `${found.place}: ${found.what}`;
    if (found.state === "failed") ports.log.warning(said);
    else ports.log.info(said);
    all.push(found);
  }
  return all;
}

async function lookAt(place: ReconcilePlace, ports: ReconcilePorts): Promise<Reconciled> {
  const answer = (state: Reconciled["state"], what: string, failure?: ShipError): Reconciled => ({
    place: place.name,
    state,
    what,
    ...(failure ? { failure } : {}),
  });
  try {
    const { rollout } = await createRolloutRecords(place.notes).read(ports.signal);
    if (rollout === undefined) return answer("nothing", "no rollout is under way");
    if (rollout === "garbled") {
      const failure = new ShipError(
        "REQUEST_REJECTED",
        `${place.name} carries a record that cannot be read.`,
        {
          hint: "Look at the split by hand, and take ship's tags or annotations away.",
        },
      );
      return answer("failed", failure.message, failure);
    }
    const who = `the rollout of ${runUrl(rollout.owner)}`;
    if (rollout.deadline === "held") return answer("held", `${who} was left where it is on purpose`);
    const left = rollout.deadline - ports.clock.now();
    if (left > 0) return answer("alive", `${who} is alive, for ${formatDuration(left)} at least`);
    const { state, what } = await bringHome(place, rollout, ports);
    return answer(state, `${who} died; ${what}`);
  } catch (error) {
    ports.signal.throwIfAborted();
    return answer("failed", messageOf(error), toShipError(error));
  }
}

async function bringHome(
  place: ReconcilePlace,
  record: RolloutRecord,
  ports: ReconcilePorts,
): Promise<Pick<Reconciled, "state" | "what">> {
  const { clock, budget, signal } = ports;
  const records = createRolloutRecords(place.notes);
  const { target, deadMan } = await place.open(record);
  const { split, stable } = await target.inspect(signal);
  const home = `all traffic is at ${record.stable.name}`;
  if (split.canary > 0) {
    const health = await target.health(stable, signal);
    if (health.healthy === 0) {
      const because = health.reasons.length > 0 ? ` (${health.reasons.join("; ")})` : "";
      throw new ShipError(
        "ROLLBACK_FAILED",
        `${record.canary.name} has ${formatShare(split.canary)} of the traffic of a dead rollout, but ${record.stable.name} could not take it back: none of its ${health.registered} targets is healthy${because}.`,
        { hint: "Bring the stable release up again, or decide by hand where the traffic shall be." },
      );
    }
    // Between the two looks somebody may have carried the rollout on.
    const again = (await records.read(signal)).rollout;
    if (typeof again !== "object" || again.deadline !== record.deadline || again.id !== record.id)
      return { state: "alive", what: "somebody else has carried it on by now" };
    const { share } = await bringBack(target, { clock, budget });
    if (share > 0) throw notBack(target, share);
  }
  await deadMan?.disarm(signal);
  await records.clear({ signal });
  return split.canary > 0
    ? { state: "settled", what: `${formatShare(split.canary)} went back, and ${home}` }
    : { state: "cleared", what: home };
}
