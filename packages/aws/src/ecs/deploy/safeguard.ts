import { graceMilliseconds, isShipError, messageOf, type Run } from "#ship/kit";
import { urgentCalls, urgentRequests } from "../../urgency.ts";
import { type Caller, createCaller, under } from "../api/caller.ts";
import { type BalancerReader, createBalancerReader } from "../api/target-health.ts";
import { goBack, type Recovery, type Return } from "../deployment/recovery.ts";
import { type BackPatience, seeBack } from "../deployment/see-back.ts";
import { restoreSettings } from "./loose-settings.ts";
import { recoveryState } from "./saved.ts";

/** Longest look after a cancellation, in milliseconds; the rest of the runner's grace time is for reporting. */
const lookAfterCancel = 4_000;
/** Longest wait of a cancellation for an UpdateService that is under way, in milliseconds. */
const settleLimit = 2_000;

/** What came of going back; `insisted` when Amazon ECS failed to and the previous revision had to be deployed again. */
export type Restored = "restored" | "insisted" | "asked" | "untouched";

/** What protects a service while a deployment is open: the call of a cancellation, the undo of a failure, the saved state. */
export interface Safeguard {
  /** Sends the update under protection: from here on a cancellation goes back. */
  open(recovery: Recovery, update: (caller: Caller) => Promise<void>): Promise<void>;
  /** Adds our service deployment's ARN, once known. */
  found(deployment: string): void;
  /** Notes that our service deployment has ended, so that there is nothing to stop. */
  ended(): void;
  /** Nothing is left to go back from. */
  close(): void;
  /** Goes back and waits until that is seen. */
  restore(timeout: number, every: number, signal: AbortSignal): Promise<Restored>;
  /** Only looks whether the previous revision, which others bring back, is seen to serve. */
  observe(timeout: number, every: number, signal: AbortSignal): Promise<boolean>;
}

/** Creates the {@link Safeguard} of one service. `policy.onCancel` false leaves cancelled deployments as they are. */
export function createSafeguard(
  caller: Caller,
  balancers: BalancerReader,
  run: Run,
  policy: { readonly onCancel: boolean },
): Safeguard {
  const { session } = caller;
  const urgentSession = { ...session, config: { ...session.config, ...urgentRequests } };
  const urgent = {
    caller: createCaller(urgentSession),
    balancers: createBalancerReader(urgentSession),
  };
  let recovery: Recovery | undefined;
  let applied = false;
  let inDoubt = false;
  let withdraw = () => {};
  let updating: Promise<void> = Promise.resolve();
  let update = new AbortController();
  let asked: Promise<Return> | undefined;

  const remember = () => {
    if (policy.onCancel) run.saveState(recoveryState, recovery ? JSON.stringify(recovery) : "");
  };
  const note = (news: Partial<Recovery>) => {
    if (!recovery) return;
    recovery = { ...recovery, ...news };
    remember();
  };
  const close = () => {
    recovery = undefined;
    withdraw();
    remember();
  };
  const backWithin = (signal: AbortSignal, wanted: Recovery) =>
    goBack(under(caller, signal), balancers, wanted);
  const onCancel = async () => {
    // The answer of an update under way decides what there is to undo; one that hangs is given up.
    await Promise.race([updating.catch(() => {}), session.clock.sleep(settleLimit)]);
    update.abort();
    if (!recovery) return;
    const signal = AbortSignal.timeout(graceMilliseconds - settleLimit);
    asked = goBack(
      { ...urgent.caller, options: { signal, policy: urgentCalls } },
      urgent.balancers,
      recovery,
    );
    await asked;
    note({ asked: true });
  };
  const look = async (wanted: Recovery, { timeout, every, again }: BackPatience, signal: AbortSignal) => {
    const isCancelled = run.signal.aborted;
    const patience = isCancelled ? Math.min(timeout, lookAfterCancel) : timeout;
    const times = { every: Math.min(every, patience / 4), timeout: patience, ...(again && { again }) };
    const until = isCancelled ? signal : AbortSignal.any([signal, run.signal]);
    try {
      await seeBack(under(caller, until), balancers, wanted, times, until);
      if (again) await settingsBack(wanted, until);
      return true;
    } catch (error) {
      if (!run.signal.aborted) throw error;
      run.log.warning(
        `The way back was asked for but is not seen yet: ${messageOf(error)} The post step goes on looking.`,
      );
      return false;
    }
  };

  const settingsBack = async (wanted: Recovery, until: AbortSignal) => {
    const members = await restoreSettings(under(caller, until), wanted, until);
    if (members.length > 0)
      run.log.info(`${wanted.address.service} has its former ${members.join(", ")} again.`);
  };

  return {
    async open(wanted, send) {
      recovery = wanted;
      remember();
      update = new AbortController();
      if (policy.onCancel) withdraw = run.cancellation.onCancel(onCancel);
      const onDoubt = () => {
        inDoubt = true;
      };
      updating = send({ ...caller, options: { signal: update.signal, onDoubt } });
      try {
        await updating;
        applied = true;
      } catch (error) {
        if (isRefusal(error) && !inDoubt) close();
        throw error;
      }
    },
    found: (deployment) => note({ deployment }),
    ended: () => note({ ended: true }),
    close,
    async restore(timeout, every, signal) {
      const wanted = recovery;
      if (!wanted) return "untouched";
      const answer = await (asked ?? backWithin(signal, wanted)).catch(() => backWithin(signal, wanted));
      if (answer === "not-ours" || (answer === "already" && !applied)) {
        close();
        return "untouched";
      }
      const { service } = wanted.address;
      run.log.info(`${service} goes back to ${wanted.previous ?? "what it ran before"}.`);
      let end: string | undefined;
      const again = (its: string) => {
        end = its;
        return backWithin(signal, { ...wanted, ended: true });
      };
      if (!(await look(wanted, { timeout, every, again }, signal))) return "asked";
      run.log.info(`${service} is seen to run ${wanted.previous ?? "what it ran before"} again.`);
      close();
      return end === "ROLLBACK_FAILED" ? "insisted" : "restored";
    },
    async observe(timeout, every, signal) {
      const wanted = recovery;
      if (wanted?.previous === undefined) return false;
      const isSeen = await look(wanted, { timeout, every }, signal);
      close();
      return isSeen;
    },
  };
}

/** True for answers that say of their own attempt that it changed nothing. */
function isRefusal(error: unknown): boolean {
  return (
    isShipError(error) &&
    ["ACCESS_DENIED", "OPERATION_UNKNOWN", "REQUEST_REJECTED", "NOT_FOUND", "CREDENTIALS_INVALID"].includes(
      error.code,
    )
  );
}
