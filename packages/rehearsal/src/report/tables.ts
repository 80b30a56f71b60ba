import { formatShare } from "#ship/kit";
import type { Rehearsal } from "../command/rehearse.ts";
import type { WorkflowResult } from "../runner/index.ts";
import { type Finding, type Release, totalOf } from "../scenario/index.ts";
import { errorRate, latency, releaseName } from "../timeline/index.ts";

/** A table as texts, for the terminal and the report alike. */
export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Every step of every job in the order of time, with its result and seconds; jobs of several runs bear their number. */
export function stepsTable({ runs, skipped }: Pick<Rehearsal, "runs" | "skipped">): Table {
  const rows = runs.flatMap(({ workflow }, index) =>
    stepRows(workflow, runs.length === 1 ? "" : `${index + 1}: `, skipped),
  );
  return { head: ["job", "step", "result", "seconds"], rows };
}

function stepRows({ jobs }: WorkflowResult, prefix: string, skipped: Rehearsal["skipped"]): Table["rows"] {
  return Object.entries(jobs)
    .sort(([, left], [, right]) => left.started - right.started)
    .flatMap(([job, result]) => {
      const name = `${prefix}${job}`;
      if (result.result === "skipped") {
        const reason = skipped[job.slice(job.lastIndexOf("/") + 1)];
        return [[name, "", reason ? `skipped: ${reason}` : "skipped", "-"]];
      }
      return result.steps.map((step) => [
        name,
        step.name,
        step.conclusion,
        step.conclusion === "skipped" ? "-" : ((step.ended - step.started) / 1_000).toFixed(1),
      ]);
    });
}

/** What users saw, by release and in total. */
export function usersTable({ users }: Pick<Rehearsal, "users">): Table {
  const rows = [...users].map(([version, one]) => [
    releaseName(version),
    String(one.requests),
    String(one.errors),
    errorRate(one),
    String(one.slow),
    latency(one.p95),
  ]);
  const total = totalOf(users);
  const sum = ["all", String(total.requests), String(total.errors), errorRate(total), String(total.slow), ""];
  return { head: ["release", "requests", "errors", "error rate", "slow", "p95"], rows: [...rows, sum] };
}

/** Who serves at the end. */
export function endTable({ state }: Pick<Rehearsal, "state">): Table {
  const row = (release: Release) => {
    const { share, services, runningTasks, healthyTargets } = state.releases[release];
    return [
      release,
      formatShare(share),
      services.join(", ") || "none",
      String(runningTasks),
      String(healthyTargets),
    ];
  };
  return {
    head: ["release", "traffic", "services", "tasks", "healthy"],
    rows: [row("old"), row("new")],
  };
}

/** What was expected, what was found, and whether that is the same. */
export function verdictTable(findings: readonly Finding[]): Table {
  return {
    head: ["", "what", "expected", "found"],
    rows: findings.map(({ what, expected, found, holds }) => [holds ? "ok" : "WRONG", what, expected, found]),
  };
}
