/** What a built-in action is given. */
export interface BuiltInCall {
  /** Inputs by lower-case name, as texts. */
  readonly inputs: Readonly<Record<string, string>>;
  /** The job's workspace. */
  readonly workspace: string;
  /** Folder of artifacts, shared by all jobs of the run. */
  readonly artifacts: string;
  /** `owner/name` of the repository the workflow runs in. */
  readonly repository: string;
  /** Folder of a repository's tree by `owner/name` and ref; without a ref the run's own commit. Undefined when unknown. */
  tree(repository: string, ref: string | undefined): string | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly cancel: AbortSignal;
  log(line: string): void;
}

/**
 * Stands for an action that needs GitHub itself. Answers its outputs; an error it throws fails the step with its message.
 */
export type BuiltInAction = (call: BuiltInCall) => Promise<Readonly<Record<string, string>>>;
