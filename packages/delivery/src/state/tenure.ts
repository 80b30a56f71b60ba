import { type Clock, isShipError, type Log, messageOf, ShipError, toShipError } from "#ship/kit";
import type { WeightChange } from "../gate.ts";
import type { DeadMan } from "./dead-man.ts";
import { type RolloutRecord, runUrl } from "./record.ts";
import type { RolloutRecords } from "./records.ts";

/** The time in which a rollout is driven by this process: its record says so, and a heartbeat keeps the deadline away. */
export interface Tenure {
  /** Notes the weights that are in force or about to be written. @throws ShipError `ROLLOUT_TAKEN_OVER` */
  note(weights: readonly WeightChange[]): Promise<void>;
  /** What the next heartbeat shall note: the weights as they came into force. */
  correct(weights: readonly WeightChange[]): void;
  /** @throws ShipError `ROLLOUT_TAKEN_OVER` when the record names another rollout by now */
  check(): Promise<void>;
  /** Ends it: no timer, no record. `condemned` is remembered as a bad release, `absolve` forgets one. */
  close(end?: { readonly condemned?: string; readonly absolve?: "absolve" }): Promise<void>;
  /** Ends it with the traffic left where it is on purpose, for a later run to carry on. */
  hold(): Promise<void>;
  /** Stops the heartbeat and leaves everything as it is. */
  abandon(): Promise<void>;
}

/** What a {@link Tenure} works with. */
export interface TenurePorts {
  readonly records: RolloutRecords;
  readonly deadMan: DeadMan | undefined;
  readonly clock: Clock;
  readonly log: Log;
  /** Milliseconds from a heartbeat to the deadline. */
  readonly lease: number;
  /** Aborted with `ROLLOUT_TAKEN_OVER` when the record names another rollout. */
  readonly losing: AbortController;
}

/** Beats in a lease: several may fail before the deadline is reached. */
const beats = 4;
/** Milliseconds for a call that ends a tenure; after a cancellation the runner leaves less. */
const closingBudget = 120_000;
const cancelledBudget = 2_000;

/**
 * Takes possession of a target: writes the record, arms the dead-man timer and begins the heartbeat.
 * @throws ShipError when the record cannot be written, `ROLLOUT_TAKEN_OVER` when another run was faster
 */
export async function takePossession(
  initial: Omit<RolloutRecord, "deadline">,
  ports: TenurePorts,
  signal: AbortSignal,
): Promise<Tenure> {
  const { records, clock, log, lease, losing } = ports;
  const beating = new AbortController();
  const deadlineFromNow = () => clock.now() + lease;
  const firstDeadline = deadlineFromNow();
  let record: RolloutRecord = { ...initial, deadline: firstDeadline };
  let deadMan: DeadMan | undefined;
  const closing = () => AbortSignal.timeout(signal.aborted ? cancelledBudget : closingBudget);

  const check = async (checkSignal: AbortSignal) => {
    const { rollout } = await records.read(checkSignal);
    if (rollout === undefined || rollout === "garbled") return "missing";
    if (rollout.id === record.id && isSameOwner(rollout, record)) return "ours";
    const lost = new ShipError(
      "ROLLOUT_TAKEN_OVER",
      `${runUrl(rollout.owner)} drives the traffic of ${rollout.canary.name} by now. This run leaves it to that one.`,
    );
    if (!losing.signal.aborted) losing.abort(lost);
    throw lost;
  };
  // One after the other: a heartbeat that overtakes a note would put the weights of before back.
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const done = turn.then(work);
    turn = done.catch(() => {});
    return done;
  };
  const renew = async (renewSignal: AbortSignal) => {
    const found = await check(renewSignal);
    const deadline = deadlineFromNow();
    record = { ...record, deadline };
    if (found === "missing")
      log.warning("Somebody took the record of this rollout away; it is written again.");
    await records.write(record, renewSignal);
    await deadMan?.push(deadline, renewSignal);
  };
  const keepBeating = async () => {
    const until = AbortSignal.any([signal, beating.signal]);
    for (;;) {
      try {
        await clock.sleep(lease / beats, until);
        await inTurn(() => renew(until));
      } catch (error) {
        if (until.aborted || losing.signal.aborted) return;
        log.warning(`The deadline of this rollout could not be pushed out: ${messageOf(error)}`);
      }
    }
  };

  // The record goes first: by it a timer is found again, which without one could act long after.
  await records.write(record, signal);
  await check(signal);
  try {
    deadMan = await armed(ports, firstDeadline, signal);
  } catch (error) {
    await ports.deadMan?.disarm(closing()).catch(() => {});
    await records.clear({ signal: closing() }).catch(() => {});
    throw error;
  }
  const heart = keepBeating();
  const stop = async () => {
    beating.abort();
    await heart;
  };

  return {
    note: (weights) =>
      inTurn(async () => {
        record = { ...record, weights: [...weights] };
        await renew(signal);
      }),
    correct(weights) {
      record = { ...record, weights: [...weights] };
    },
    async check() {
      await check(signal);
    },
    async close({ condemned, absolve } = {}) {
      await stop();
      // The timer goes first: one that outlives its record would act on a later rollout.
      await deadMan?.disarm(closing());
      if (condemned !== undefined) await records.condemn(condemned, closing());
      await records.clear({ ...(absolve ? { absolve } : {}), signal: closing() });
    },
    async hold() {
      await stop();
      await deadMan?.disarm(closing());
      await records.postpone("held", closing());
    },
    abandon: stop,
  };
}

/** A timer that cannot be armed is told and done without: the record's deadline remains for reconcile to act on. */
async function armed(
  { deadMan, log }: TenurePorts,
  deadline: number,
  signal: AbortSignal,
): Promise<DeadMan | undefined> {
  try {
    await deadMan?.arm(deadline, signal);
    return deadMan;
  } catch (error) {
    if (!isShipError(error) || error.kind === "cancelled") throw error;
    log.warning(
      `No timer will bring the traffic back if this runner dies: ${error.message} Run canary-shift with \`reconcile: true\` on a schedule instead.`,
    );
    return undefined;
  }
}

function isSameOwner(one: RolloutRecord, other: RolloutRecord): boolean {
  return one.owner.run === other.owner.run && one.owner.attempt === other.owner.attempt;
}

/**
 * Whether a rollout failed because another run drives its traffic by now: then nothing of it is this one's to bring back. A
 * split that has drifted may be that run's work, so it is looked for.
 */
export async function findTakeover(
  failure: ShipError,
  tenure: Tenure | undefined,
): Promise<ShipError | undefined> {
  if (failure.code === "ROLLOUT_TAKEN_OVER") return failure;
  if (failure.code !== "TRAFFIC_DRIFTED" || !tenure) return undefined;
  try {
    await tenure.check();
    return undefined;
  } catch (error) {
    const found = toShipError(error);
    return found.code === "ROLLOUT_TAKEN_OVER" ? found : undefined;
  }
}
