import { graceMilliseconds, isShipError, messageOf, type Run } from "#ship/kit";
import { type Caller, createCaller, under } from "../ecs/api/caller.ts";
import { recoveryState } from "../ecs/deploy/saved.ts";
import { urgentCalls, urgentRequests } from "../urgency.ts";
import { type CodeDeployCaller, createCodeDeployCaller, underSignal } from "./api/caller.ts";
import { codeOf } from "./api/deployments.ts";
import {
  type CodeDeployRecovery,
  previousName,
  type Returned,
  restoreSettings,
  seeBackThroughCodeDeploy,
  stopOurs,
  type WayBack,
} from "./recovery.ts";

/** Longest look after a cancellation, in milliseconds; the rest of the runner's grace time is for reporting. */
const lookAfterCancel = 4_000;
/** Longest wait of a cancellation for a CreateDeployment that is under way, in milliseconds. */
const settleLimit = 2_000;

/** Sends what begins the deployment; answers its id, `undefined` where only settings change. */
export type Opening<Id extends string | undefined> = (
  codeDeploy: CodeDeployCaller,
  /** To be called when the service itself has been changed: from then on a refusal is no end of it. */
  onChanged: () => void,
) => Promise<Id>;

/** What protects a service while a CodeDeploy deployment is open: a cancellation's call, a failure's undo, the saved state. */
export interface CodeDeploySafeguard {
  /** Creates (or adopts) the deployment under protection: from here on a cancellation goes back. Answers its id. */
  open<Id extends string | undefined>(recovery: CodeDeployRecovery, send: Opening<Id>): Promise<Id>;
  /** Nothing is left to go back from. */
  close(): void;
  /** Goes back and waits until that is seen. `none` when no deployment had begun, `asked` when the end is not seen yet. */
  restore(timeout: number, every: number, signal: AbortSignal): Promise<Returned | "none" | "asked">;
  /** Follows what CodeDeploy does by itself about a deployment that failed; `left` when that is nothing. */
  observe(timeout: number, every: number, signal: AbortSignal): Promise<Returned | "asked">;
}

/** Creates the {@link CodeDeploySafeguard} of one service. `policy.onCancel` false leaves cancelled deployments as they are. */
export function createCodeDeploySafeguard(
  caller: Caller,
  codeDeploy: CodeDeployCaller,
  run: Run,
  policy: { readonly onCancel: boolean },
): CodeDeploySafeguard {
  const { session } = caller;
  const urgentSession = { ...session, config: { ...session.config, ...urgentRequests } };
  const urgent = { caller: createCaller(urgentSession), codeDeploy: createCodeDeployCaller(urgentSession) };
  let recovery: CodeDeployRecovery | undefined;
  let inDoubt = false;
  let withdraw = () => {};
  let creating: Promise<unknown> = Promise.resolve();
  let create = new AbortController();
  let asked: ReturnType<typeof goBack> | undefined;

  const remember = () => {
    if (policy.onCancel) run.saveState(recoveryState, recovery ? JSON.stringify(recovery) : "");
  };
  const close = () => {
    recovery = undefined;
    withdraw();
    remember();
  };
  const onCancel = async () => {
    // The answer of a creation under way decides what there is to stop; one that hangs is given up.
    await Promise.race([creating.catch(() => {}), session.clock.sleep(settleLimit)]);
    create.abort();
    if (!recovery) return;
    const options = { signal: AbortSignal.timeout(graceMilliseconds - settleLimit), policy: urgentCalls };
    asked = goBack({ ...urgent.codeDeploy, options }, { ...urgent.caller, options }, recovery);
    await asked;
  };
  const look = async (
    wanted: CodeDeployRecovery,
    id: string,
    way: WayBack,
    signal: AbortSignal,
  ): Promise<Returned | "asked"> => {
    const isCancelled = run.signal.aborted;
    const timeout = isCancelled ? Math.min(way.timeout, lookAfterCancel) : way.timeout;
    const times = { ...way, every: Math.min(way.every, timeout / 4), timeout };
    const until = isCancelled ? signal : AbortSignal.any([signal, run.signal]);
    const callers = { caller: under(caller, until), codeDeploy: underSignal(codeDeploy, until) };
    try {
      return await seeBackThroughCodeDeploy(callers, wanted, id, times, until);
    } catch (error) {
      if (!run.signal.aborted) throw error;
      run.log.warning(
        `The way back was asked for but is not seen yet: ${messageOf(error)} The post step goes on looking.`,
      );
      return "asked";
    }
  };

  return {
    async open(wanted, send) {
      recovery = wanted;
      inDoubt = false;
      let isChanged = false;
      remember();
      create = new AbortController();
      withdraw();
      if (policy.onCancel) withdraw = run.cancellation.onCancel(onCancel);
      const onDoubt = () => {
        inDoubt = true;
      };
      const onChanged = () => {
        isChanged = true;
      };
      const sending = send({ ...codeDeploy, options: { signal: create.signal, onDoubt } }, onChanged);
      creating = sending;
      try {
        const deployment = await sending;
        if (deployment !== undefined) recovery = { ...wanted, deployment };
        remember();
        return deployment;
      } catch (error) {
        if (isRefusal(error) && !inDoubt && !isChanged) close();
        throw error;
      }
    },
    close,
    async restore(timeout, every, signal) {
      const wanted = recovery;
      if (!wanted) return "none";
      const again = () => goBack(underSignal(codeDeploy, signal), under(caller, signal), wanted);
      const stopped = await (asked ?? again()).catch(again);
      if (stopped.answer === "none") {
        close();
        return "none";
      }
      const { service } = wanted.address;
      run.log.info(`${service} goes back to ${previousName(wanted)}.`);
      const seen = await look(wanted, stopped.id, { every, timeout, by: "anyone" }, signal);
      if (seen !== "asked") close();
      if (seen === "restored") run.log.info(`${service} is seen to run ${previousName(wanted)} again.`);
      return seen;
    },
    async observe(timeout, every, signal) {
      const wanted = recovery;
      if (wanted?.deployment === undefined) return "left";
      const seen = await look(wanted, wanted.deployment, { every, timeout, by: "codedeploy" }, signal);
      if (seen !== "asked") close();
      return seen;
    },
  };
}

/** The calls of the way back, which are harmless when sent again. */
async function goBack(codeDeploy: CodeDeployCaller, caller: Caller, recovery: CodeDeployRecovery) {
  const stopped = await stopOurs(codeDeploy, recovery);
  await restoreSettings(caller, recovery);
  return stopped;
}

/** True for answers that say of their own attempt that it changed nothing. */
function isRefusal(error: unknown): boolean {
  if (codeOf(error) === "DeploymentLimitExceededException") return true;
  return (
    isShipError(error) &&
    ["ACCESS_DENIED", "OPERATION_UNKNOWN", "REQUEST_REJECTED", "NOT_FOUND", "CREDENTIALS_INVALID"].includes(
      error.code,
    )
  );
}
