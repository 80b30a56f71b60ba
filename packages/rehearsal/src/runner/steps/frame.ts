import type { JobState, Status } from "../jobs/job-state.ts";
import type { Scope } from "../language/expressions.ts";
import { hashFiles } from "../language/hash-files.ts";
import { members, type Value, type ValueMapping } from "../language/value.ts";
import type { Origin } from "../loading/references.ts";

/** The surroundings in which steps run: the job itself, or a composite action. */
export interface Frame {
  readonly job: JobState;
  /** Repository of the file the steps stand in, which `$/` means. */
  readonly origin: Origin;
  readonly inputs: Value;
  /** Environment of the step that uses the composite action; empty in the job itself. */
  readonly env: Readonly<Record<string, string>>;
  /** Members of the `github` context that only hold here, such as `action_path`. */
  readonly github: ValueMapping;
  /** The `steps` context, by step id. */
  readonly steps: Map<string, Value>;
  readonly status: Status;
  readonly cancel: AbortSignal;
  /** 0 in the job itself, one more in each composite action. */
  readonly depth: number;
}

/** What expressions see in a frame. `env` is the step's own, on top of the job's and the frame's. */
export function scopeOf(frame: Frame, env: Readonly<Record<string, string>> = {}): Scope {
  const { job } = frame;
  const github = job.contexts["github"];
  const composite = frame.depth > 0 ? { action_status: frame.status.current } : {};
  return {
    contexts: {
      ...job.contexts,
      github: { ...members(github), ...frame.github, ...composite },
      inputs: frame.inputs,
      steps: Object.fromEntries(frame.steps),
      job: { ...job.job, status: job.status.current },
      env: { ...Object.fromEntries(job.env), ...frame.env, ...env },
    },
    functions: {
      success: () => frame.status.current === "success",
      failure: () => frame.status.current === "failure",
      cancelled: () => frame.cancel.aborted || job.cancel.aborted,
      always: () => true,
      hashFiles: (...patterns) => hashFiles(job.folders.workspace, patterns),
    },
  };
}

/** Takes an ended step into the status; what is worse stays. */
export function worsen(status: Status, conclusion: "success" | "failure" | "cancelled" | "skipped"): void {
  if (conclusion === "cancelled") status.current = "cancelled";
  else if (conclusion === "failure" && status.current === "success") status.current = "failure";
}
