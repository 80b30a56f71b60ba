import { type Place, places } from "../language/availability.ts";
import { describe, readEntries, readFields, readText, readTexts, requireField } from "../language/fields.ts";
import type { Problems } from "../language/problems.ts";
import type { Entry, SourceNode } from "../language/source.ts";
import { compile, compileCondition, type Template } from "../language/templates.ts";
import { readPermissions } from "./permissions.ts";
import { ownerJob, readShell, readSteps } from "./read-step.ts";
import type { CallJob, Job, RunDefaults, StepsJob, Strategy } from "./workflow-model.ts";

type Fields = ReadonlyMap<string, Entry>;

const headKeys = ["name", "needs", "if", "strategy", "permissions", "concurrency"];
const stepsKeys = [
  "runs-on",
  "environment",
  "env",
  "outputs",
  "defaults",
  "timeout-minutes",
  "continue-on-error",
  "steps",
];

/** Reads one entry of `jobs`. */
export function readJob(entry: Entry, problems: Problems): Job | undefined {
  const what = `job '${entry.key}'`;
  if (!/^[a-z_][a-z0-9_-]*$/i.test(entry.key)) {
    problems.add(
      entry.at,
      `the job id '${entry.key}' may hold letters, digits, - and _ only and starts with a letter or _`,
    );
  }
  const { value } = entry;
  const calls = value.kind === "mapping" && value.entries.some(({ key }) => key === "uses");
  const known = [...headKeys, ...(calls ? ["uses", "with", "secrets"] : stepsKeys)];
  const unsupported = calls ? [] : ["container", "services", "snapshot", "cancel-timeout-minutes"];
  const fields = readFields(value, { what, known, unsupported }, problems);
  return calls ? readCallJob(entry, fields, problems) : readStepsJob(entry, what, fields, problems);
}

function readHead(
  entry: Entry,
  fields: Fields,
  problems: Problems,
): Omit<CallJob, "kind" | "uses" | "usesAt" | "with" | "secrets"> {
  const condition = fields.get("if");
  const permissions = fields.get("permissions");
  return {
    id: entry.key,
    at: entry.at,
    name: template(fields, "name", places.job, problems),
    needs: readTexts(fields.get("needs"), problems) ?? [],
    condition: condition && compileCondition(condition.value, places.jobIf, problems),
    strategy: readStrategy(fields.get("strategy"), problems),
    permissions: permissions && readPermissions(permissions.value, problems),
    concurrency: template(fields, "concurrency", places.job, problems),
  };
}

function readCallJob(entry: Entry, fields: Fields, problems: Problems): CallJob | undefined {
  const uses = fields.get("uses");
  const reference = readText(uses, problems);
  if (!uses || reference === undefined) return undefined;
  const secrets = fields.get("secrets");
  const inherits = secrets?.value.kind === "scalar" && secrets.value.value === "inherit";
  if (secrets && !inherits) readEntries(secrets.value, "secrets", problems);
  return {
    ...readHead(entry, fields, problems),
    kind: "call",
    uses: reference,
    usesAt: uses.value.at,
    with: template(fields, "with", places.callInput, problems),
    secrets: inherits ? "inherit" : template(fields, "secrets", places.callSecret, problems),
  };
}

function readStepsJob(entry: Entry, what: string, fields: Fields, problems: Problems): StepsJob | undefined {
  const owner = { what, at: entry.at };
  const runsOn = requireField(fields, "runs-on", owner, problems);
  const steps = requireField(fields, "steps", owner, problems);
  const head = readHead(entry, fields, problems);
  if (!runsOn || !steps) return undefined;
  return {
    ...head,
    kind: "steps",
    runsOn: compile(runsOn.value, places.job, problems),
    environment: readEnvironment(fields.get("environment"), problems),
    env: template(fields, "env", places.jobEnv, problems),
    outputs: template(fields, "outputs", places.jobOutput, problems),
    defaults: readDefaults(fields.get("defaults"), places.jobDefaults, problems),
    timeoutMinutes: template(fields, "timeout-minutes", places.job, problems),
    continueOnError: template(fields, "continue-on-error", places.job, problems),
    steps: readSteps(steps, ownerJob(entry.key), problems),
  };
}

function readStrategy(entry: Entry | undefined, problems: Problems): Strategy | undefined {
  if (!entry) return undefined;
  const fields = readFields(
    entry.value,
    { what: "strategy", known: ["matrix", "fail-fast", "max-parallel"] },
    problems,
  );
  return {
    matrix: template(fields, "matrix", places.strategy, problems),
    failFast: template(fields, "fail-fast", places.strategy, problems),
    maxParallel: template(fields, "max-parallel", places.strategy, problems),
  };
}

function readEnvironment(entry: Entry | undefined, problems: Problems): StepsJob["environment"] {
  if (!entry) return undefined;
  const { value } = entry;
  if (value.kind === "scalar") return { name: compile(value, places.job, problems), url: undefined };
  const fields = readFields(
    value,
    { what: "environment", known: ["name", "url"], unsupported: ["deployment"] },
    problems,
  );
  const name = requireField(fields, "name", { what: "environment", at: value.at }, problems);
  if (!name) return undefined;
  return {
    name: compile(name.value, places.job, problems),
    url: template(fields, "url", places.environmentUrl, problems),
  };
}

/** Reads `defaults`, of a workflow or of a job. */
export function readDefaults(entry: Entry | undefined, where: Place, problems: Problems): RunDefaults {
  if (!entry) return { shell: undefined, workingDirectory: undefined };
  const run = readFields(entry.value, { what: "defaults", known: ["run"] }, problems).get("run");
  if (!run) return { shell: undefined, workingDirectory: undefined };
  const fields = readFields(
    run.value,
    { what: "defaults.run", known: ["shell", "working-directory"] },
    problems,
  );
  return {
    shell: readShell(fields.get("shell"), problems),
    workingDirectory: template(fields, "working-directory", where, problems),
  };
}

function template(fields: Fields, key: string, where: Place, problems: Problems): Template | undefined {
  const entry = fields.get(key);
  return entry && compile(entry.value, where, problems);
}

/** Reads `jobs`: at least one, every need known, no circle. */
export function readJobs(node: SourceNode, problems: Problems): ReadonlyMap<string, Job> {
  const jobs = new Map<string, Job>();
  const entries = readEntries(node, "jobs", problems);
  if (entries.length === 0) problems.add(node.at, `jobs: expected at least one job, found ${describe(node)}`);
  for (const entry of entries) {
    const job = readJob(entry, problems);
    if (job) jobs.set(entry.key, job);
  }
  const ids = entries.map(({ key }) => key);
  for (const job of jobs.values()) {
    for (const need of job.needs) {
      if (!ids.includes(need))
        problems.add(job.at, `job '${job.id}' needs '${need}', which is no job of this workflow`);
    }
    if (ancestors(job, jobs).has(job.id))
      problems.add(job.at, `job '${job.id}' needs itself through its needs`);
  }
  return jobs;
}

/** Every job that `job` waits for, directly or through others. */
export function ancestors(job: Job, jobs: ReadonlyMap<string, Job>): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (needs: readonly string[]) => {
    for (const need of needs) {
      if (found.has(need)) continue;
      found.add(need);
      visit(jobs.get(need)?.needs ?? []);
    }
  };
  visit(job.needs);
  return found;
}
