/** The job a token speaks for. */
export interface JobIdentity {
  /** `owner/repository`. */
  readonly repository: string;
  readonly repositoryId: number;
  readonly ownerId: number;
  /** For example `refs/heads/main`. */
  readonly ref: string;
  readonly commit: string;
  readonly event: string;
  /** Deployment environment of the job, when it names one. */
  readonly environment?: string;
  /** For a job of a reusable workflow: `owner/repository/.github/workflows/file.yml@ref`. */
  readonly jobWorkflowRef?: string;
  /**
   * How the subject names the repository: `names` is `repo:owner/name`, `names-and-ids` is `repo:owner@1/name@2`,
   * which GitHub uses for repositories created or renamed since July 2026.
   */
  readonly subjectForm: "names" | "names-and-ids";
}

/** A plausible job, for callers that care about one or two claims only. */
export const defaultJob: JobIdentity = {
  repository: "acme/shop-api",
  repositoryId: 2002,
  ownerId: 1001,
  ref: "refs/heads/main",
  commit: "0123456789abcdef0123456789abcdef01234567",
  event: "push",
  subjectForm: "names",
};

/** The subject GitHub gives a job: its environment, else pull request, else ref. */
export function subject(job: JobIdentity): string {
  const repository = job.subjectForm === "names" ? job.repository : withIds(job);
  if (job.environment !== undefined) return `repo:${repository}:environment:${job.environment}`;
  if (job.event === "pull_request") return `repo:${repository}:pull_request`;
  return `repo:${repository}:ref:${job.ref}`;
}

/**
 * GitHub's claims about a job, without times, issuer and audience.
 * Source: docs.github.com, "OpenID Connect reference", "OIDC token claims".
 */
export function jobClaims(job: JobIdentity): Record<string, string> {
  const [owner = ""] = job.repository.split("/");
  const workflow = `${job.repository}/.github/workflows/deploy.yml@${job.ref}`;
  return {
    sub: subject(job),
    ref: job.ref,
    ref_type: job.ref.startsWith("refs/tags/") ? "tag" : "branch",
    ref_protected: "true",
    sha: job.commit,
    repository: job.repository,
    repository_id: String(job.repositoryId),
    repository_owner: owner,
    repository_owner_id: String(job.ownerId),
    repository_visibility: "private",
    actor: "octocat",
    actor_id: "583231",
    workflow: "deploy",
    workflow_ref: workflow,
    workflow_sha: job.commit,
    job_workflow_ref: job.jobWorkflowRef ?? workflow,
    job_workflow_sha: job.commit,
    event_name: job.event,
    run_id: "9001",
    run_number: "42",
    run_attempt: "1",
    runner_environment: "github-hosted",
    head_ref: "",
    base_ref: "",
    ...(job.environment === undefined ? {} : { environment: job.environment }),
  };
}

function withIds({ repository, ownerId, repositoryId }: JobIdentity): string {
  const [owner = "", name = ""] = repository.split("/");
  return `${owner}@${ownerId}/${name}@${repositoryId}`;
}
