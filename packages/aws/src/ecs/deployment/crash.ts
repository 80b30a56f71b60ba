import type { DeploymentCircuitBreaker } from "@aws-sdk/client-ecs";
import type { StoppedTask } from "../api/tasks.ts";

/** Faults that no further attempt cures: the image cannot be pulled, a secret is missing, or there is no such program. */
const permanent = [
  /CannotPull\w*Error/i,
  /ResourceInitializationError.*(?:AccessDenied|ResourceNotFound|InvalidParameters|not authorized|can't find)/is,
  /CannotCreateContainerError|CannotStartContainerError.*(?:executable file not found|no such file)/is,
];
/** What a registry, the network or an instance's disk may be over by the next attempt. */
const passing =
  /time-?out|timed out|deadline exceeded|connection (?:refused|reset)|i\/o|dial tcp|temporary|EOF|TLS handshake|too ?many ?requests|rate limit|throttl|no space left|\b(?:429|5\d\d)\b|unavailable/i;
/** An image that is not there, or may not be had, whatever else the reason says of attempts. */
const refused = /not found|manifest unknown|does not exist|denied|no basic auth|invalid reference/i;

/** ECS's own bounded threshold: half of the desired tasks, at least 3 and at most 200 (developer guide, circuit breaker). */
export function crashLimit(desired: number): number {
  return Math.min(200, Math.max(3, Math.ceil(desired / 2)));
}

/** How many failures a service's circuit breaker takes (API reference, DeploymentCircuitBreaker: thresholdConfiguration). */
export function breakerLimit(desired: number, breaker: DeploymentCircuitBreaker | undefined): number {
  const { type, value } = breaker?.thresholdConfiguration ?? {};
  if (value === undefined) return crashLimit(desired);
  if (type === "COUNT") return value;
  const share = Math.ceil((desired * value) / 100);
  return type === "UNBOUNDED_PERCENT" ? Math.max(1, share) : Math.min(200, Math.max(3, share));
}

/** True for a task that ended by its own fault, and was not stopped for somebody's reasons. */
export function hasFailed({ stopCode, reason, containers }: StoppedTask): boolean {
  if (stopCode === "TaskFailedToStart" || stopCode === "EssentialContainerExited") return true;
  if (stopCode === "") return containers.some(({ exitCode }) => exitCode !== undefined && exitCode !== 0);
  return stopCode === "ServiceSchedulerInitiated" && /failed .*health checks?/i.test(reason);
}

/** What is known of the tasks of our deployment. */
export interface TaskRecord {
  readonly desired: number;
  /** Failed in a row, as ECS counts; it forgets them once tasks run well. */
  readonly failed: number;
  /** True when the service's own circuit breaker will end a crash loop. */
  readonly guarded: boolean;
  readonly stopped: readonly StoppedTask[];
}

/** Why the deployment is bound to fail, or `undefined` while there is hope. */
export function hopeless(record: TaskRecord): string | undefined {
  const reasons = record.stopped.flatMap((task) => [
    task.reason,
    ...task.containers.map((container) => container.reason),
  ]);
  const fatal = reasons.find(
    (reason) =>
      permanent.some((pattern) => pattern.test(reason)) && (refused.test(reason) || !passing.test(reason)),
  );
  if (fatal !== undefined) return fatal;
  if (record.guarded || record.failed < crashLimit(record.desired)) return undefined;
  return `${record.failed} tasks in a row failed, and none has run well since.`;
}
