import { createProgress, formatDuration, isShipError, messageOf, type Run, ShipError } from "#ship/kit";
import type { Caller } from "../api/caller.ts";
import { stopServiceDeployment } from "../api/service-deployments.ts";
import { describeService, type Rollout, type ServiceState } from "../api/services.ts";
import { isCompleted } from "../deployment/completed.ts";
import { createCrashWatch } from "../deployment/crash-watch.ts";
import { lookUntil } from "../deployment/look.ts";
import { type Mark, nameOfRun, readMark, stateOf } from "../deployment/marks.ts";
import type { DeployRequest } from "./request.ts";
import type { Situation } from "./situation.ts";

/** A deployment that was under way when this run came. */
export interface Predecessor {
  readonly rollout: Rollout;
  /** Who began it, where a run left its mark. */
  readonly mark: Mark | undefined;
  readonly isDead: boolean;
}

/** The deployment under way on a service; `undefined` when it is at rest, or its last one failed. */
export function underWay(service: ServiceState, run: Run): Predecessor | undefined {
  const rollout = service.rollouts.find(({ status }) => status === "PRIMARY");
  if (!rollout || rollout.state === "FAILED" || isCompleted(service, rollout)) return undefined;
  // Without a rollout state only a second rollout tells: a lone one that lacks tasks may just have lost some.
  if (rollout.state === undefined && service.rollouts.length < 2) return undefined;
  const mark = readMark(service.tags);
  const begun = mark?.revision === nameOf(rollout.taskDefinition) ? mark : undefined;
  return { rollout, mark: begun, isDead: begun !== undefined && stateOf(begun, run) === "dead" };
}

/**
 * Refuses to begin beside somebody else's deployment, where that is wished. Our own revision is welcome: it is adopted.
 * @param taskDefinition ARN to deploy; `undefined` when it is yet to be registered
 * @throws ShipError `DEPLOYMENT_IN_PROGRESS`
 */
export function requireRest(
  { service, pair }: Situation,
  taskDefinition: string | undefined,
  policy: DeployRequest["onConflict"],
  run: Run,
): void {
  if (policy !== "fail" || pair) return;
  const other = underWay(service, run);
  if (other && other.rollout.taskDefinition !== taskDefinition) throw inProgress(service, other, "");
}

/** Says what an earlier run has left on the service, when it did not end itself. */
export function reportMark(service: ServiceState, taskDefinition: string, run: Run): void {
  const mark = readMark(service.tags);
  if (!mark || stateOf(mark, run) === "this") return;
  const state = stateOf(mark, run) === "dead" ? "died" : "has not ended";
  const current = nameOf(service.taskDefinition);
  const primary = service.rollouts.find(({ status }) => status === "PRIMARY");
  const standing =
    current === mark.revision
      ? `its deployment of ${mark.revision} is ${primary?.state ?? "there"}`
      : `its deployment of ${mark.revision} is not there: the service runs ${current}`;
  const ours = current === mark.revision && current === nameOf(taskDefinition);
  const adopted = ours && primary?.state === "IN_PROGRESS" ? "; it is adopted by this run" : "";
  run.log.notice(
    `${capital(nameOfRun(mark))} ${state} with its work on ${service.name} open; ${standing}${adopted}.`,
  );
}

/** How long and by which policy to wait for a predecessor; times are milliseconds. */
export interface PredecessorWait {
  readonly caller: Caller;
  readonly run: Run;
  readonly situation: Situation;
  readonly every: number;
  readonly timeout: number;
  /** Whether what a dead run left beyond its deadline may be rolled back. */
  readonly rollsBack: boolean;
  readonly signal: AbortSignal;
}

/**
 * Waits until the service has come to rest. A predecessor that is bound to fail is not waited for, and one that a dead run
 * left behind beyond its own deadline is brought back first, as that run would have done.
 * @returns `hopeless` when ours should take its place at once
 * @throws ShipError `DEPLOYMENT_IN_PROGRESS` when time is up
 */
export async function awaitRest(wait: PredecessorWait): Promise<"rest" | "hopeless"> {
  const { caller, run, situation } = wait;
  const { address } = situation;
  const first = underWay(situation.service, run);
  if (!first) return "rest";
  run.log.notice(`${describe(situation.service, first)} It is waited for (\`on-conflict: wait\`).`);
  if (first.isDead && (first.mark?.deadline ?? 0) < run.clock.now() && wait.rollsBack)
    await bringBack(caller, situation.service, first);
  const progress = createProgress(caller.session.log, caller.session.clock);
  let last = first;
  let crashes = createCrashWatch(caller, address);
  let watched = first.rollout.id;
  return lookUntil<"rest" | "hopeless">(
    caller,
    async () => {
      const service = await describeService(caller, address);
      const now = underWay(service, run);
      if (!now) return "rest";
      last = { ...now, mark: now.rollout.id === first.rollout.id ? first.mark : undefined };
      const { running, desired } = now.rollout;
      progress.update(`${nameOf(now.rollout.taskDefinition)} before ours: ${running} of ${desired} running`);
      if (now.rollout.id !== watched) crashes = createCrashWatch(caller, address);
      watched = now.rollout.id;
      const why = await crashes.look(service, now.rollout);
      if (why === undefined) return undefined;
      run.log.warning(
        `${nameOf(now.rollout.taskDefinition)} does not come up (${why}); ours takes its place.`,
      );
      return "hopeless";
    },
    {
      ...wait,
      late: () =>
        inProgress(situation.service, last, ` It has not ended within ${formatDuration(wait.timeout)}.`),
    },
  );
}

/** Who deploys what, in a sentence. */
export function describe(service: ServiceState, { rollout, mark, isDead }: Predecessor): string {
  const whose = mark === undefined ? "" : `, begun by ${nameOfRun(mark)}${isDead ? ", which died" : ""},`;
  return `A deployment of ${nameOf(rollout.taskDefinition)}${whose} is under way on ${service.name}.`;
}

async function bringBack(caller: Caller, service: ServiceState, { rollout }: Predecessor): Promise<void> {
  const { currentDeployment } = service;
  if (currentDeployment === undefined) return;
  try {
    await stopServiceDeployment(caller, currentDeployment);
    caller.session.log.notice(
      `The deployment of ${nameOf(rollout.taskDefinition)} is past the deadline of the run that died; it is rolled back first.`,
    );
  } catch (error) {
    if (!isShipError(error) || error.kind === "cancelled") throw error;
    caller.session.log.warning(`What the dead run left could not be rolled back: ${messageOf(error)}`);
  }
}

function inProgress(service: ServiceState, other: Predecessor, more: string): ShipError {
  return new ShipError(
    "DEPLOYMENT_IN_PROGRESS",
    `${describe(service, other)}${more} The service has not been touched.`,
  );
}

function nameOf(arn: string): string {
  return arn.split("/").at(-1) ?? arn;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
