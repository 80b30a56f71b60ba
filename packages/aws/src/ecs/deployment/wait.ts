import { createProgress, formatDuration, ShipError } from "#ship/kit";
import type { Caller } from "../api/caller.ts";
import {
  type DeploymentState,
  describeServiceDeployment,
  type WaitingHook,
} from "../api/service-deployments.ts";
import { describeService, type Rollout, type ServiceAddress, type ServiceState } from "../api/services.ts";
import { createCrashWatch } from "./crash-watch.ts";
import { findDeployment, isUnreadable, withoutDeployments } from "./history.ts";
import { lookUntil } from "./look.ts";
import { hasReached } from "./stages.ts";
import { type Expected, judgeDeployment, judgeRollouts, takenOver, type Verdict } from "./verdict.ts";

/** What is waited for, and how long. */
export interface Watch {
  readonly caller: Caller;
  readonly address: ServiceAddress;
  readonly expected: Expected;
  /** Deployments that are not ours; `closed` (or a change of scale alone) means judging by rollout states. */
  readonly before: ReadonlySet<string> | "closed";
  readonly everyMilliseconds: number;
  readonly timeoutMilliseconds: number;
  readonly signal: AbortSignal;
  /** The lifecycle stage at which the wait ends; otherwise it ends with the deployment. */
  readonly stage?: string;
  /** Told the ARN of our service deployment as soon as it is known. */
  onFound(serviceDeployment: string): void;
  /** Told once, and waited for, when the service turns back to what served before: what was wrong can still be seen then. */
  onTurn?(service: ServiceState): Promise<void>;
  /** Told of each PAUSE hook that waits for an answer. */
  onPause?(stage: string, hook: string): void;
}

/** The deployment has come to the stage that is waited for, and goes on. */
export interface Reached {
  readonly kind: "reached";
  readonly stage: string;
}

/**
 * A rollout that has begun is listed as a service deployment within seconds. Where it is not, as at endpoints that keep no
 * history, rollout states are what there is to judge by. Milliseconds.
 */
const listedWithin = 30_000;

/**
 * Waits until our deployment has ended or is bound to fail. Success means that a service deployment whose target revision
 * carries our task definition is SUCCESSFUL, or, judged by rollout states, that our primary one is COMPLETED.
 * @throws ShipError `DEPLOYMENT_TIMEOUT`
 */
export async function awaitDeployment(watch: Watch): Promise<Verdict | Reached> {
  const { caller, address } = watch;
  const progress = createProgress(caller.session.log, caller.session.clock);
  let { before } = watch;
  let deployment: string | undefined;
  let { begun } = watch.expected;
  let begunAt: number | undefined;
  const crashes = createCrashWatch(caller, address);
  let doubtfulSince: number | undefined;
  let isUnlistedSaid = false;
  let hasTurned = false;
  let said = "nothing was seen of it";

  const find = async (service: ServiceState, known: ReadonlySet<string>): Promise<Verdict | undefined> => {
    const found = await findDeployment(caller, address, watch.expected.taskDefinition, known);
    if (found.ours) {
      deployment = found.ours.arn;
      watch.onFound(deployment);
      return undefined;
    }
    const isTaken = found.successor !== undefined && service.taskDefinition !== watch.expected.taskDefinition;
    return isTaken
      ? { kind: "superseded", reason: `The service now runs ${service.taskDefinition}.` }
      : undefined;
  };
  const unlisted = (service: ServiceState): Verdict | undefined => {
    if (!begun) return undefined;
    const now = caller.session.clock.now();
    begunAt ??= now;
    if (now - begunAt < listedWithin) return undefined;
    if (!isUnlistedSaid)
      caller.session.log.warning(
        `No service deployment of ${nameOf(watch.expected.taskDefinition)} can be read after ${formatDuration(listedWithin)}; success is judged by rollout states until there is one.`,
      );
    isUnlistedSaid = true;
    return judgeRollouts(service, { ...watch.expected, begun });
  };
  const isSure = (verdict: Verdict | Reached, service: ServiceState): boolean => {
    if (!isDoubtful(verdict, service, watch.expected, before)) {
      doubtfulSince = undefined;
      return true;
    }
    const now = caller.session.clock.now();
    doubtfulSince ??= now;
    return now - doubtfulSince >= listedWithin;
  };
  const pauses = new Set<string>();
  const sayPauses = ({ stage = "a stage", waiting }: DeploymentState) => {
    for (const hook of waiting.filter(({ id }) => !pauses.has(id))) {
      pauses.add(hook.id);
      watch.onPause?.(stage, hook.id);
      caller.session.log.notice(pauseText(stage, hook, deployment ?? "", caller.session.clock.now()));
    }
  };
  if (before === "closed" && watch.stage !== undefined) sayUnseen(caller, watch.stage);
  const judge = async (service: ServiceState): Promise<Verdict | Reached | undefined> => {
    if (before === "closed") return judgeRollouts(service, { ...watch.expected, begun });
    if (deployment === undefined) {
      const verdict = await find(service, before);
      if (verdict) return verdict;
      // What had begun before this run may have ended before it was listed: then it is among those that are not ours.
      if (deployment === undefined)
        return watch.expected.begun ? judgeRollouts(service, watch.expected) : unlisted(service);
    }
    const state = await describeServiceDeployment(caller, deployment);
    if (!state) return unlisted(service);
    said = describe(state, ourRollout(service, watch.expected));
    sayPauses(state);
    // Who stopped it may have deployed something else since the service was read.
    const now = state.status === "STOPPED" ? await describeService(caller, address) : service;
    const verdict =
      judgeDeployment(state, now, watch.expected.taskDefinition) ?? takenOver(state, now, watch.expected);
    if (
      verdict ||
      watch.stage === undefined ||
      !hasReached(state, watch.stage, service.configuration.strategy)
    )
      return verdict;
    return { kind: "reached", stage: watch.stage };
  };

  const look = async (): Promise<Verdict | Reached | undefined> => {
    const service = await describeService(caller, address);
    const rollout = ourRollout(service, watch.expected);
    begun ||= rollout?.status === "PRIMARY";
    if (begun && !hasTurned && hasGoneBack(service, watch.expected)) {
      hasTurned = true;
      await watch.onTurn?.(service);
    }
    said = describeRollout(service, rollout);
    const verdict = await judge(service).catch((error: unknown) => {
      if (!isUnreadable(error)) throw error;
      before = withoutDeployments(caller, error);
      if (watch.stage !== undefined) sayUnseen(caller, watch.stage);
      return undefined;
    });
    progress.update(said);
    if (verdict) return isSure(verdict, service) ? verdict : undefined;
    const reason = rollout && (await crashes.look(service, rollout));
    return reason === undefined ? undefined : { kind: "failing", reason };
  };
  return lookUntil<Verdict | Reached>(caller, look, {
    every: watch.everyMilliseconds,
    timeout: watch.timeoutMilliseconds,
    signal: watch.signal,
    late: (blamed) =>
      new ShipError(
        "DEPLOYMENT_TIMEOUT",
        blamed(
          `${nameOf(watch.expected.taskDefinition)} was not serving after ${formatDuration(watch.timeoutMilliseconds)}; last seen: ${said}.`,
        ),
      ),
  });
}

/**
 * True when an answer looks as if ours had never been: it may be older than our update, or than an answer before it, since
 * reads of Amazon ECS are eventually consistent. What is so stays so.
 */
function isDoubtful(
  { kind }: Verdict | Reached,
  service: ServiceState,
  expected: Expected,
  before: Watch["before"],
): boolean {
  if (kind !== "superseded" && (kind !== "rolled-back" || before !== "closed")) return false;
  const primary = service.rollouts.find((rollout) => rollout.status === "PRIMARY");
  return primary !== undefined && expected.others.has(primary.id) && !ourRollout(service, expected);
}

function hasGoneBack({ taskDefinition }: ServiceState, expected: Expected): boolean {
  return taskDefinition === expected.previous && taskDefinition !== expected.taskDefinition;
}

function sayUnseen(caller: Caller, stage: string): void {
  caller.session.log.warning(
    `Whether ${stage} is reached cannot be seen without service deployments; the end of the deployment is waited for.`,
  );
}

/** What a person, or canary-shift, needs in order to answer a pause. */
function pauseText(stage: string, hook: WaitingHook, deployment: string, now: number): string {
  const limit =
    hook.expiresAt === undefined
      ? ""
      : ` Without one Amazon ECS takes ${hook.timeoutAction} in ${formatDuration(Math.max(0, hook.expiresAt - now))}.`;
  return `The deployment waits at ${stage} for an answer to its PAUSE hook ${hook.id}: by canary-shift, or ContinueServiceDeployment of ${deployment}.${limit}`;
}

/** Our entry of `Service.deployments`; after a takeover it may no longer be the primary one. */
export function ourRollout(service: ServiceState, expected: Expected): Rollout | undefined {
  return service.rollouts.find(
    (rollout) => rollout.taskDefinition === expected.taskDefinition && !expected.others.has(rollout.id),
  );
}

function describe(state: DeploymentState, rollout: Rollout | undefined): string {
  const stage = state.stage === undefined ? "" : ` · ${state.stage}`;
  const failed = rollout && rollout.failed > 0 ? `, ${rollout.failed} failed` : "";
  const [pause] = state.waiting;
  const paused = pause === undefined ? "" : `, waiting for an answer to hook ${pause.id}`;
  return `${state.status}${stage} · ${state.running} of ${state.requested} running, ${state.pending} pending${failed}${paused}`;
}

function describeRollout(service: ServiceState, rollout: Rollout | undefined): string {
  if (!rollout)
    return `waiting for the deployment to begin · ${service.running} of ${service.desired} running`;
  const failed = rollout.failed > 0 ? `, ${rollout.failed} failed` : "";
  return `${rollout.state ?? "IN_PROGRESS"} · ${rollout.running} of ${rollout.desired} running, ${rollout.pending} pending${failed}`;
}

function nameOf(arn: string): string {
  return arn.split("/").at(-1) ?? arn;
}
