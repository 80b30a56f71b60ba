import { delimiter } from "node:path";
import type { JobState } from "../jobs/job-state.ts";
import { asText, members, type ValueMapping } from "../language/value.ts";

/** Members of the `github` context that become GITHUB_ variables. */
const exported = [
  ...["action", "action_path", "action_ref", "action_repository", "actor", "actor_id", "api_url", "base_ref"],
  ...[
    "event_name",
    "event_path",
    "graphql_url",
    "head_ref",
    "job",
    "ref",
    "ref_name",
    "ref_protected",
    "ref_type",
  ],
  ...[
    "repository",
    "repository_id",
    "repository_owner",
    "repository_owner_id",
    "retention_days",
    "run_attempt",
  ],
  ...[
    "run_id",
    "run_number",
    "server_url",
    "sha",
    "triggering_actor",
    "workflow",
    "workflow_ref",
    "workflow_sha",
  ],
  "workspace",
];
/** What a step gets of this process's own environment. */
const inherited = ["PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LC_ALL", "TZ", "TMPDIR", "TERM"];

/**
 * The whole environment of a step's process. Later ones win: basics, the run's extra, the job's, the step's own,
 * then what the runner sets and nobody overrides.
 */
export function processEnvironment(
  job: JobState,
  own: Readonly<Record<string, string>>,
  github: ValueMapping,
  special: Readonly<Record<string, string>>,
): Record<string, string> {
  const basics = inherited.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const environment: Record<string, string> = {
    ...Object.fromEntries(basics),
    CI: "true",
    ...job.run.options.environment,
    ...Object.fromEntries(job.env),
    ...own,
    ...runnerVariables(job),
    ...githubVariables(job, github),
    ...identityVariables(job),
    ...special,
  };
  environment["PATH"] = [...job.paths, environment["PATH"] ?? ""]
    .filter((path) => path !== "")
    .join(delimiter);
  return environment;
}

function githubVariables(job: JobState, own: ValueMapping): Record<string, string> {
  const github = { ...members(job.contexts["github"]), ...own };
  const variables = exported.flatMap((name) => {
    const value = github[name];
    return value === undefined || value === null
      ? []
      : [[`GITHUB_${name.toUpperCase()}`, asText(value)] as const];
  });
  return { GITHUB_ACTIONS: "true", ...Object.fromEntries(variables) };
}

function runnerVariables(job: JobState): Record<string, string> {
  const runner = Object.entries(members(job.contexts["runner"]));
  return Object.fromEntries(runner.map(([name, value]) => [`RUNNER_${name.toUpperCase()}`, asText(value)]));
}

function identityVariables({ identity }: JobState): Record<string, string> {
  if (!identity) return {};
  return {
    ACTIONS_ID_TOKEN_REQUEST_URL: identity.requestUrl,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: identity.requestToken,
  };
}
