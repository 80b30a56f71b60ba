import type { Permissions } from "./files/permissions.ts";
import type { Value } from "./language/value.ts";

/** How a step or a job ended. */
export type Outcome = "success" | "failure" | "cancelled" | "skipped";

/** A message with a severity, as GitHub shows it on the run's page. At most 4096 characters. */
export interface Annotation {
  readonly level: "error" | "warning" | "notice";
  readonly message: string;
  /** `title`, `file`, `line`, `endLine`, `col`, `endColumn` as given. */
  readonly properties: Readonly<Record<string, string>>;
}

/** One executed or skipped step. All texts are masked. */
export interface StepResult {
  readonly name: string;
  readonly id: string | undefined;
  readonly phase: "pre" | "main" | "post";
  /** Before `continue-on-error`. */
  readonly outcome: Outcome;
  /** After `continue-on-error`. */
  readonly conclusion: Outcome;
  readonly outputs: Readonly<Record<string, string>>;
  /** Markdown of the job summary. */
  readonly summary: string;
  readonly annotations: readonly Annotation[];
  readonly log: readonly string[];
  /** Milliseconds since the epoch. */
  readonly started: number;
  readonly ended: number;
}

/** One job, one combination of its matrix, or one call of a reusable workflow (which has no steps). */
export interface JobResult {
  /** What dependents see as `needs.<job>.result`. */
  readonly result: Outcome;
  /** Before `continue-on-error`. */
  readonly outcome: Outcome;
  readonly outputs: Readonly<Record<string, string>>;
  readonly steps: readonly StepResult[];
  /** Of the job itself, outside its steps. */
  readonly annotations: readonly Annotation[];
  readonly environment: { readonly name: string; readonly url: string | undefined } | undefined;
  /** The evaluated `concurrency`; recorded, never waited for. */
  readonly concurrency: Value;
  readonly permissions: Permissions;
  readonly started: number;
  readonly ended: number;
}

/** The whole run. */
export interface WorkflowResult {
  readonly name: string;
  readonly runName: string;
  readonly result: Outcome;
  readonly concurrency: Value;
  /** By path: `build`, `test (20, linux)`, and `server/deploy` for job `deploy` of the workflow that job `server` calls. */
  readonly jobs: Readonly<Record<string, JobResult>>;
}

/** What happens while a workflow runs. Texts are masked; `at` is milliseconds since the epoch. */
export type RunEvent =
  | { readonly kind: "job-started"; readonly job: string; readonly at: number }
  | { readonly kind: "job-ended"; readonly job: string; readonly result: Outcome; readonly at: number }
  | { readonly kind: "step-started"; readonly job: string; readonly step: string; readonly at: number }
  | {
      readonly kind: "step-ended";
      readonly job: string;
      readonly step: string;
      readonly conclusion: Outcome;
      readonly at: number;
    }
  | {
      readonly kind: "log";
      readonly job: string;
      readonly step: string;
      readonly line: string;
      readonly at: number;
    }
  | {
      readonly kind: "annotation";
      readonly job: string;
      readonly step: string | undefined;
      readonly annotation: Annotation;
      readonly at: number;
    };

/** Worst of several: failure, then cancelled, then success; skipped only when all were. */
export function combine(outcomes: readonly Outcome[]): Outcome {
  if (outcomes.includes("failure")) return "failure";
  if (outcomes.includes("cancelled")) return "cancelled";
  return outcomes.length > 0 && outcomes.every((outcome) => outcome === "skipped") ? "skipped" : "success";
}
