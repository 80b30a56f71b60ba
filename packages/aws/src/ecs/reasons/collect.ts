import { messageOf } from "#ship/kit";
import type { Caller } from "../api/caller.ts";
import { describeServiceDeployment } from "../api/service-deployments.ts";
import { describeService, type ServiceAddress, type ServiceState } from "../api/services.ts";
import type { BalancerReader } from "../api/target-health.ts";
import { stoppedTasks } from "../api/tasks.ts";
import { type LogExcerpt, lastWords } from "./logs.ts";
import { sentences } from "./sentence.ts";
import { groupTasks, type TaskGroup } from "./tasks.ts";

/** Why a deployment failed, in the words of the systems that know. */
export interface Evidence {
  readonly tasks: readonly TaskGroup[];
  readonly targets: readonly string[];
  /** Oldest first. */
  readonly events: readonly string[];
  readonly breaker: string | undefined;
  readonly logs: LogExcerpt | undefined;
  /** What could not be read, and why. */
  readonly gaps: readonly string[];
}

/** Where to look for reasons. */
export interface Scene {
  readonly caller: Caller;
  readonly balancers: BalancerReader;
  readonly address: ServiceAddress;
  readonly taskDefinition: string;
  /** Rollout ids of other deployments. */
  readonly others: ReadonlySet<string>;
  readonly serviceDeployment: string | undefined;
  /** {@link eventKey} of the service events from before: newer ones are told by it, so that no clock can hide them. */
  readonly eventsBefore: ReadonlySet<string>;
  readonly logLines: number;
  /** Unhealthy targets that were seen before; by now they may be gone. */
  readonly targetsBefore?: readonly string[];
}

/** Asks every system that knows something. A refused question is a gap in the answer, never another failure. */
export async function collectEvidence(scene: Scene): Promise<Evidence> {
  const { caller, address } = scene;
  const gaps: string[] = [];
  const attempt = async <T>(what: string, otherwise: T, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      gaps.push(`${what} could not be read: ${messageOf(error)}`);
      return otherwise;
    }
  };
  const service = await attempt<ServiceState | undefined>("The service", undefined, () =>
    describeService(caller, address),
  );
  const [tasks, targets, breaker] = await Promise.all([
    attempt("Stopped tasks", [], () => ourStoppedTasks(scene)),
    attempt("Target health", [], () => unhealthyTargets(caller, scene.balancers, service)),
    attempt("The service deployment", undefined, () => breakerText(scene)),
  ]);
  const groups = groupTasks(tasks);
  const [worst] = groups;
  return {
    tasks: groups,
    targets: [...(scene.targetsBefore ?? []).filter((target) => !targets.includes(target)), ...targets],
    events: newEvents(service, scene.eventsBefore),
    breaker,
    logs: worst && (await lastWords(caller, worst.sample, scene.logLines)),
    gaps,
  };
}

/** What the annotation says of each kind of evidence: as much as tells what to do; all of it stands in the details. */
export function headline({ tasks, targets, breaker, events, logs }: Evidence): string {
  const [target, ...otherTargets] = targets;
  const event = events.findLast((text) => telling.test(text)) ?? events.at(-1);
  const lines = logs?.isOutput ? logs.lines.filter((text) => text.trim() !== "").slice(-shownLines) : [];
  const said = lines.map((line) => line.trim().slice(0, longestLine)).join(" ⏎ ");
  return sentences(
    ...tasks.slice(0, shownReasons).map(({ count, text }) => `${counted(count, "task")} stopped: ${text}`),
    others(tasks.length - shownReasons, "other reason"),
    target === undefined ? "" : `Unhealthy target: ${target}`,
    others(otherTargets.length, "other target"),
    breaker === undefined ? "" : `Circuit breaker: ${breaker}`,
    event === undefined ? "" : `Last event: ${event.slice(0, longestLine)}`,
    said === "" ? "" : `Last ${lines.length === 1 ? "line" : "lines"} of ${logs?.container}: ${said}`,
  );
}

/** Events that say what went wrong, rather than what was started, stopped or reached. */
const telling = /unable|unhealthy|fail|error|alarm|rolling back|insufficient|not /i;
/** Of each kind in an annotation; of a log line, characters. */
const shownReasons = 3;
const shownLines = 3;
const longestLine = 300;

function others(count: number, what: string): string {
  return count < 1 ? "" : `${counted(count, what)} in the details`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

/** All evidence as lines for the folded details. */
export function evidenceLines(evidence: Evidence): string[] {
  const section = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : [`${title}:`, ...lines.map((line) => `  ${line}`)];
  return [
    ...section(
      "Stopped tasks",
      evidence.tasks.map((group) => `${group.count} × ${group.text}`),
    ),
    ...section("Unhealthy targets", evidence.targets),
    ...section("Circuit breaker", evidence.breaker === undefined ? [] : [evidence.breaker]),
    ...section("Service events", evidence.events),
    ...(evidence.logs ? section(evidence.logs.title, evidence.logs.lines) : []),
    ...evidence.gaps,
  ];
}

async function ourStoppedTasks(scene: Scene) {
  const tasks = await stoppedTasks(scene.caller, scene.address);
  return tasks.filter(
    (task) => task.taskDefinition === scene.taskDefinition && !scene.others.has(task.startedBy),
  );
}

/** The targets of a service that do not serve, each with the load balancer's reason. */
export async function unhealthyTargets(
  caller: Caller,
  balancers: BalancerReader,
  service: ServiceState | undefined,
): Promise<string[]> {
  const groups = new Set(service?.balancers.flat());
  const all = await Promise.all([...groups].map((group) => balancers.health(group, caller)));
  return all
    .flat()
    .filter(({ state }) => state === "unhealthy" || state === "unavailable" || state === "unused")
    .map(({ target, state, reason }) => [target, state, reason].filter(Boolean).join(" "));
}

async function breakerText(scene: Scene): Promise<string | undefined> {
  if (scene.serviceDeployment === undefined) return undefined;
  const state = await describeServiceDeployment(scene.caller, scene.serviceDeployment);
  const breaker = state?.breaker;
  if (!breaker || breaker.status === "DISABLED") return undefined;
  return `${breaker.failures} of ${breaker.threshold} failures (${breaker.status})`;
}

/** What tells a service event from others: its id, which the API model marks as optional. */
export function eventKey({ id, at, message }: ServiceState["events"][number]): string {
  return id || `${at} ${message}`;
}

function newEvents(service: ServiceState | undefined, before: ReadonlySet<string>): string[] {
  const fresh = (service?.events ?? []).filter((event) => !before.has(eventKey(event)));
  return fresh.toReversed().map((event) => `${new Date(event.at).toISOString()} ${event.message}`);
}
