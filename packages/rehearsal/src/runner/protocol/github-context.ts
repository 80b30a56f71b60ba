import { isMapping, type Value, type ValueMapping } from "../language/value.ts";
import type { LoadedWorkflow } from "../loading/load.ts";
import type { Origin } from "../loading/references.ts";
import type { WorkflowOptions } from "../options.ts";

/** What the run is called and from which event it came. */
export interface RunIdentity {
  readonly workflow: LoadedWorkflow;
  readonly payload: Value;
  readonly token: string;
  readonly runId: string;
}

/** The members of the `github` context that are the same for all jobs of a run. */
export function runGithubContext(
  options: WorkflowOptions,
  origin: Origin,
  identity: RunIdentity,
): ValueMapping {
  const { ref, sha, repository } = origin;
  const [owner = ""] = repository.split("/");
  const actor = options.actor ?? "octocat";
  const pull = member(identity.payload, "pull_request");
  return {
    token: identity.token,
    actor,
    triggering_actor: actor,
    actor_id: "1",
    repository,
    repository_id: "1",
    repository_owner: owner,
    repository_owner_id: "1",
    ref,
    ref_name: ref.replace(/^refs\/(heads|tags)\//, ""),
    ref_type: ref.startsWith("refs/tags/") ? "tag" : "branch",
    ref_protected: false,
    sha,
    base_ref: member(member(pull, "base"), "ref") ?? "",
    head_ref: member(member(pull, "head"), "ref") ?? "",
    event_name: options.event.name,
    event: identity.payload,
    run_id: identity.runId,
    run_number: "1",
    run_attempt: String(options.runAttempt ?? 1),
    retention_days: "90",
    server_url: options.serverUrl ?? "https://github.com",
    api_url: options.apiUrl ?? "https://api.github.com",
    graphql_url: `${options.apiUrl ?? "https://api.github.com"}/graphql`,
    workflow: identity.workflow.file.name,
    workflow_ref: workflowRef(identity.workflow),
    workflow_sha: identity.workflow.origin.sha,
  };
}

/** `owner/name/.github/workflows/x.yml@refs/heads/main`. */
export function workflowRef({ origin, path }: Pick<LoadedWorkflow, "origin" | "path">): string {
  return `${origin.repository}/${path}@${origin.ref}`;
}

function member(value: Value, key: string): Value {
  return isMapping(value) ? (value[key] ?? null) : null;
}
