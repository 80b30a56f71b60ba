import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { excess, type Permissions } from "../files/permissions.ts";
import { readWorkflowFile } from "../files/workflow-file.ts";
import type { CallJob, Step, WorkflowFile } from "../files/workflow-model.ts";
import { type Position, type Problems, WorkflowError } from "../language/problems.ts";
import type { ActionStore } from "./actions.ts";
import { checkCall } from "./check-call.ts";
import { type Origin, parseReference, remoteOrigin, within } from "./references.ts";

/** GitHub's limits: levels of workflows including the first, calls in a run, levels of composite actions. */
const limits = { levels: 10, calls: 50, compositeLevels: 10 };

/** A workflow file with everything it calls. */
export interface LoadedWorkflow {
  readonly file: WorkflowFile;
  readonly origin: Origin;
  /** Path inside its repository. */
  readonly path: string;
  /** What each job's token may do. */
  readonly permissions: ReadonlyMap<string, Permissions>;
  /** The workflow each calling job calls. */
  readonly calls: ReadonlyMap<string, LoadedWorkflow>;
}

export interface LoadOptions {
  readonly repositories: Readonly<Record<string, string>>;
  readonly actions: ActionStore;
  /** Folder in which `./` actions are expected after a checkout. */
  readonly sources: string;
  readonly problems: Problems;
}

/** Loads a workflow and, through it, every workflow and action it will use that is already there. */
export function loadWorkflow(
  path: string,
  origin: Origin,
  granted: Permissions,
  options: LoadOptions,
): LoadedWorkflow | undefined {
  const calls = { left: limits.calls };
  const load = (
    path: string,
    origin: Origin,
    granted: Permissions,
    level: number,
  ): LoadedWorkflow | undefined => {
    const label = `${origin.label}${path}`;
    if (!existsSync(within(origin, path))) {
      options.problems.add(
        { file: label, line: 1, column: 1 },
        `there is no such file in '${origin.directory}'`,
      );
      return undefined;
    }
    const file = readWorkflowFile(label, readFileSync(within(origin, path), "utf8"), options.problems);
    if (!file) return undefined;
    const permissions = new Map<string, Permissions>();
    const called = new Map<string, LoadedWorkflow>();
    for (const job of file.jobs.values()) {
      const asked = job.permissions ?? file.permissions ?? granted;
      permissions.set(job.id, asked);
      if (level > 1) checkPermissions(job.id, job.at, asked, granted, options.problems);
      if (job.kind === "steps") checkActions(job.steps, origin, options, 1);
      else {
        const next = loadCalled(job, origin, asked, level);
        if (next) called.set(job.id, next);
      }
    }
    return { file, origin, path, permissions, calls: called };
  };
  const loadCalled = (job: CallJob, origin: Origin, granted: Permissions, level: number) => {
    const target = locate(job, origin, options);
    if (!target) return undefined;
    calls.left -= 1;
    if (level + 1 > limits.levels) {
      options.problems.add(
        job.usesAt,
        `'${job.uses}' is nested deeper than ${limits.levels} levels of workflows`,
      );
      return undefined;
    }
    if (calls.left < 0) {
      options.problems.add(job.usesAt, `the run calls more than ${limits.calls} reusable workflows`);
      return undefined;
    }
    const loaded = load(target.path, target.origin, granted, level + 1);
    if (loaded) checkCall(job, loaded.file, options.problems);
    return loaded;
  };
  return load(path, origin, granted, 1);
}

function locate(
  job: CallJob,
  origin: Origin,
  { repositories, problems }: LoadOptions,
): { readonly path: string; readonly origin: Origin } | undefined {
  try {
    const reference = parseReference(job.uses);
    const home =
      reference.kind === "remote" ? remoteOrigin(repositories, reference.repository, reference.ref) : origin;
    if (!/^\.github\/workflows\/[^/]+\.ya?ml$/.test(reference.path)) {
      throw new Error(
        `'${job.uses}': a reusable workflow lies directly in .github/workflows and ends in .yml or .yaml`,
      );
    }
    if (!existsSync(within(home, reference.path)))
      throw new Error(`'${job.uses}': there is no file ${home.label}${reference.path}`);
    return { path: reference.path, origin: home };
  } catch (error) {
    problems.add(job.usesAt, error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

function checkPermissions(
  id: string,
  at: Position,
  asked: Permissions,
  granted: Permissions,
  problems: Problems,
): void {
  for (const wish of excess(asked, granted)) {
    const scope = wish.slice(0, wish.indexOf(":"));
    const allowed = `${scope}: ${granted.get(scope) ?? "none"}`;
    problems.add(
      at,
      `the nested job '${id}' is requesting '${wish}', but is only allowed '${allowed}' by its caller`,
    );
  }
}

/** Reads the actions of steps. A `./` action that only a step will create is left for when it is used. */
function checkActions(steps: readonly Step[], origin: Origin, options: LoadOptions, level: number): void {
  for (const { work } of steps) {
    if (work.kind !== "uses" || work.uses.startsWith("docker://")) continue;
    if (work.uses.startsWith("./") && !existsSync(join(options.sources, work.uses))) continue;
    if (level > limits.compositeLevels) {
      options.problems.add(
        work.at,
        `'${work.uses}': composite actions are nested deeper than ${limits.compositeLevels} levels`,
      );
      return;
    }
    try {
      const found = options.actions.resolve(work.uses, origin, options.sources);
      if (found.kind === "file" && found.action.runs.kind === "composite") {
        checkActions(found.action.runs.steps, found.origin, options, level + 1);
      }
    } catch (error) {
      if (error instanceof WorkflowError)
        for (const problem of error.problems) options.problems.add(problem, problem.message);
      else options.problems.add(work.at, error instanceof Error ? error.message : String(error));
    }
  }
}
