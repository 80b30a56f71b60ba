import type { WeightChange } from "../gate.ts";

/** The workflow run that drives a rollout. */
export interface Owner {
  readonly repository: string;
  readonly run: string;
  readonly attempt: string;
  /** Base address of the web pages, without a trailing slash. */
  readonly server: string;
}

/** One of the two releases as a later process finds it again. */
export interface RecordedRelease {
  /** The target's own name of it. */
  readonly name: string;
  /** How the target is told of it: an ARN, a revision. */
  readonly reference: string;
  /** What it runs, as exactly as is known: a task definition, a digest, a commit. */
  readonly release: string;
}

/** A rollout under way, as it is kept in the target. Times are milliseconds since the epoch. */
export interface RolloutRecord {
  readonly id: string;
  /** Hash of everything that decides about it: steps, gates, policies. */
  readonly plan: string;
  readonly stable: RecordedRelease;
  readonly canary: RecordedRelease;
  readonly owner: Owner;
  /** The moment before which the stable release was measured. */
  readonly begun: number;
  /** Every weight written or about to be, ascending; the last one belongs to the present step. */
  readonly weights: readonly WeightChange[];
  /** Unless it is pushed out, its driver is dead by then; `held` when traffic was left where it is on purpose. */
  readonly deadline: number | "held";
}

/** The page of a run, for messages. */
export function runUrl({ server, repository, run, attempt }: Owner): string {
  return `${server}/${repository}/actions/runs/${run}/attempts/${attempt}`;
}
