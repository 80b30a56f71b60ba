import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** The run this step belongs to, as the runner's GITHUB_* variables tell it. */
export interface GitHubRun {
  /** Full 40-digit commit SHA; empty outside a runner. */
  readonly sha: string;
  /** Full ref, for example `refs/heads/main`. */
  readonly ref: string;
  /** `owner/name`. */
  readonly repository: string;
  readonly event: string;
  /** Path of the event's JSON payload. */
  readonly eventPath: string | undefined;
  readonly runId: string;
  readonly runAttempt: string;
  readonly job: string;
  readonly actor: string;
  /** Base address of the web pages, without a trailing slash. */
  readonly serverUrl: string;
  readonly apiUrl: string;
}

/** The process environment, read once. Only this module touches `process.env`. */
export interface Environment {
  /** Inputs by upper-case name, as the runner passes them (`INPUT_X`). */
  readonly inputs: ReadonlyMap<string, string>;
  /** Folder that relative paths of inputs start from. */
  readonly workspace: string;
  /** Folder that is emptied after the job. */
  readonly temporary: string;
  readonly github: GitHubRun;
  /** True when the runner offers OIDC tokens to this job. */
  readonly oidcAvailable: boolean;
  /** A variable's value; an empty one counts as absent. */
  variable(name: string): string | undefined;
  /** A workspace-relative or absolute path made absolute. */
  path(relative: string): string;
  /** What child processes see: everything but the inputs, which may hold secrets. */
  childVariables(): Record<string, string>;
}

/** Variables that hold what the runner, or the step that fetched the credentials, has masked in the log already. */
const secretVariables = [
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
  "ACTIONS_RUNTIME_TOKEN",
];

/** The job's secrets among its variables: what a program prints of them must not get into outputs and summaries. */
export function jobSecrets(source: NodeJS.ProcessEnv = process.env): string[] {
  return secretVariables.flatMap((name) => source[name] || []);
}

/** Reads the environment of a runner step (or of a shell, with what it has). */
export function readEnvironment(source: NodeJS.ProcessEnv = process.env): Environment {
  const variable = (name: string) => source[name] || undefined;
  const workspace = variable("GITHUB_WORKSPACE") ?? process.cwd();
  const inputs = new Map<string, string>();
  for (const [name, value] of Object.entries(source)) {
    if (name.startsWith("INPUT_")) inputs.set(name.slice("INPUT_".length).toUpperCase(), value ?? "");
  }
  return {
    inputs,
    workspace,
    temporary: variable("RUNNER_TEMP") ?? variable("TMPDIR") ?? "/tmp",
    github: {
      sha: variable("GITHUB_SHA") ?? "",
      ref: variable("GITHUB_REF") ?? "",
      repository: variable("GITHUB_REPOSITORY") ?? "",
      event: variable("GITHUB_EVENT_NAME") ?? "",
      eventPath: variable("GITHUB_EVENT_PATH"),
      runId: variable("GITHUB_RUN_ID") ?? "",
      runAttempt: variable("GITHUB_RUN_ATTEMPT") ?? "1",
      job: variable("GITHUB_JOB") ?? "",
      actor: variable("GITHUB_ACTOR") ?? "",
      serverUrl: variable("GITHUB_SERVER_URL") ?? "https://github.com",
      apiUrl: variable("GITHUB_API_URL") ?? "https://api.github.com",
    },
    oidcAvailable: Boolean(
      variable("ACTIONS_ID_TOKEN_REQUEST_URL") && variable("ACTIONS_ID_TOKEN_REQUEST_TOKEN"),
    ),
    variable,
    path: (relative) => resolve(workspace, relative),
    childVariables() {
      const kept: Record<string, string> = {};
      for (const [name, value] of Object.entries(source)) {
        if (value !== undefined && !name.startsWith("INPUT_")) kept[name] = value;
      }
      return kept;
    },
  };
}

/**
 * Does `work` while RUNNER_TEMP names a folder of its own, which is gone afterwards: for a library that reads the variable from
 * the process and leaves what it wrote there. Not for two at a time.
 */
export async function withOwnTemporary<T>(work: () => Promise<T>): Promise<T> {
  const before = process.env["RUNNER_TEMP"];
  const own = await mkdtemp(join(before || tmpdir(), "ship-temporary-"));
  process.env["RUNNER_TEMP"] = own;
  try {
    return await work();
  } finally {
    if (before === undefined) delete process.env["RUNNER_TEMP"];
    else process.env["RUNNER_TEMP"] = before;
    await rm(own, { recursive: true, force: true });
  }
}
