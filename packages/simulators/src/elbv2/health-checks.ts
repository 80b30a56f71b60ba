import type { Clock } from "#ship/kit";
import { matches } from "./health-check-settings.ts";
import type { CheckedState, Target, TargetGroup } from "./model.ts";
import type { Probe, ProbeAnswer } from "./probe.ts";

/** Checks targets on the clock for as long as they are watched. */
export interface HealthChecks {
  /** Starts checking now, from "initial". Watching a watched target starts over. */
  watch(group: TargetGroup, target: Target): void;
  forget(target: Target): void;
  close(): void;
}

export interface HealthChecksOptions {
  readonly clock: Clock;
  readonly probe: Probe;
  /** Length of one second of a check interval, milliseconds. */
  readonly second: number;
  /** Told after a target's checked state became another one. */
  readonly changed: (group: TargetGroup) => void;
}

/**
 * Creates the health checker. As on AWS, one good answer takes a target from initial to healthy; after that the
 * thresholds of consecutive answers count (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html).
 */
export function createHealthChecks({ clock, probe, second, changed }: HealthChecksOptions): HealthChecks {
  const watched = new Map<Target, AbortController>();

  const run = async (group: TargetGroup, target: Target, signal: AbortSignal) => {
    let streak = { good: 0, bad: 0 };
    while (!signal.aborted) {
      const check = group.healthCheck;
      const answer = await probe({
        host: target.host,
        port: check.port === "traffic-port" ? target.port : Number(check.port),
        path: check.path,
        timeoutMilliseconds: check.timeoutSeconds * 1000,
      });
      if (signal.aborted) return;
      const complaint = judge(answer, check.matcher);
      streak = complaint ? { good: 0, bad: streak.bad + 1 } : { good: streak.good + 1, bad: 0 };
      const next = nextState(target.checked, complaint, streak, check);
      if (next !== target.checked) {
        target.checked = next;
        changed(group);
      }
      await clock.sleep(check.intervalSeconds * second, signal);
    }
  };

  const forget = (target: Target) => {
    watched.get(target)?.abort();
    watched.delete(target);
  };

  return {
    watch(group, target) {
      forget(target);
      if (!group.healthCheck.enabled) {
        target.checked = { state: "unavailable", reason: "Target.HealthCheckDisabled" };
        return;
      }
      target.checked = { state: "initial", reason: "Elb.RegistrationInProgress" };
      const stop = new AbortController();
      watched.set(target, stop);
      run(group, target, stop.signal).catch((error: unknown) => {
        if (!stop.signal.aborted) throw error;
      });
    },
    forget,
    close() {
      for (const target of [...watched.keys()]) forget(target);
    },
  };
}

type Complaint = Extract<CheckedState, { state: "unhealthy" }>;

function judge(answer: ProbeAnswer, matcher: string): Complaint | undefined {
  if (answer.kind === "timeout") {
    return { state: "unhealthy", reason: "Target.Timeout", description: "Request timed out" };
  }
  if (answer.kind === "connection failed") {
    return { state: "unhealthy", reason: "Target.FailedHealthChecks", description: "Health checks failed" };
  }
  if (matches(matcher, answer.status)) return undefined;
  return {
    state: "unhealthy",
    reason: "Target.ResponseCodeMismatch",
    description: `Health checks failed with these codes: [${answer.status}]`,
  };
}

function nextState(
  current: CheckedState,
  complaint: Complaint | undefined,
  streak: { readonly good: number; readonly bad: number },
  thresholds: { readonly healthyThreshold: number; readonly unhealthyThreshold: number },
): CheckedState {
  if (complaint) {
    if (streak.bad >= thresholds.unhealthyThreshold) {
      const same = current.state === "unhealthy" && current.description === complaint.description;
      return same ? current : complaint;
    }
    return current.state === "initial" ? { state: "initial", reason: "Elb.InitialHealthChecking" } : current;
  }
  if (current.state === "initial") return { state: "healthy" };
  if (current.state === "unhealthy" && streak.good >= thresholds.healthyThreshold)
    return { state: "healthy" };
  return current;
}
