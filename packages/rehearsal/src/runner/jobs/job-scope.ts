import { ancestors } from "../files/read-job.ts";
import type { Job } from "../files/workflow-model.ts";
import type { Scope } from "../language/expressions.ts";
import type { Value } from "../language/value.ts";
import type { JobResult, Outcome } from "../results.ts";

/** How a job of the same workflow ended, all combinations of its matrix taken together. */
export interface JobEnd {
  readonly result: Outcome;
  readonly outputs: JobResult["outputs"];
}

/** The `needs` context of a job. */
export function needsContext(job: Job, ends: ReadonlyMap<string, JobEnd>): Value {
  return Object.fromEntries(
    job.needs.flatMap((need) => {
      const end = ends.get(need);
      return end ? [[need, { result: end.result, outputs: end.outputs }]] : [];
    }),
  );
}

/**
 * What the `if` of a job sees. success() and failure() look at every ancestor, not only at the direct needs;
 * given job ids they look at those.
 */
export function jobScope(
  job: Job,
  jobs: ReadonlyMap<string, Job>,
  ends: ReadonlyMap<string, JobEnd>,
  cancel: AbortSignal,
  contexts: Scope["contexts"],
): Scope {
  const results = (ids: readonly string[]): readonly Outcome[] =>
    (ids.length > 0 ? ids : [...ancestors(job, jobs)]).flatMap((id) => ends.get(id)?.result ?? []);
  return {
    contexts: { ...contexts, needs: needsContext(job, ends) },
    functions: {
      success: (...ids) => !cancel.aborted && results(ids).every((result) => result === "success"),
      failure: (...ids) => !cancel.aborted && results(ids).includes("failure"),
      cancelled: () => cancel.aborted,
      always: () => true,
    },
  };
}
