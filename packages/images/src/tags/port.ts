/** What the event says about a run, as far as tags and labels depend on it. */
export interface RunFacts {
  /** Name of the event, for example `push`. */
  readonly event: string;
  /** Full ref. A run about a pull request has `refs/pull/<number>/merge`, whatever the runner says. */
  readonly ref: string;
  /** Commit of the image: on pull requests their head, never the merge commit that GitHub makes up. Empty when unknown. */
  readonly sha: string;
  /** `owner/name`; empty outside a runner. */
  readonly repository: string;
  /** Base address of the web pages, without a trailing slash. */
  readonly serverUrl: string;
  /** Where the code comes from. Only reviewed code may become `latest`. */
  readonly origin: "repository" | "pull-request" | "merge-queue";
  /** Branch that the pull request, the merge queue or the pushed tag goes back to; without `refs/heads/`. */
  readonly baseRef: string | undefined;
  /** How the release event marks its release; `unmarked` on all other events. */
  readonly release: "prerelease" | "unmarked";
  /** What the event ought to have said and did not, in sentences for people. */
  readonly gaps: readonly string[];
}

/** The names of all git tags, or why they cannot be read. */
export type GitTags = { readonly names: readonly string[] } | { readonly unreadable: string };

/** What is known of the repository; whatever is not known is left out. */
export interface RepositoryFacts {
  readonly defaultBranch?: string;
  readonly description?: string;
  /** SPDX identifier of the licence. */
  readonly license?: string;
  /** Address of the web page. */
  readonly page?: string;
}

/** The port through which tags learn about the run. Nothing but `facts` is read before a rule or a label needs it. */
export interface TagSource {
  readonly facts: RunFacts;
  versions(signal: AbortSignal): Promise<GitTags>;
  repository(signal: AbortSignal): Promise<RepositoryFacts>;
  /** When the commit was made; `undefined` when nobody can tell. */
  commitDate(signal: AbortSignal): Promise<Date | undefined>;
}
