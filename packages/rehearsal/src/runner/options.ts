import type { ChildProcess } from "node:child_process";
import type { Clock } from "#ship/kit";
import type { BuiltInAction } from "./built-in/built-in-action.ts";
import type { Permissions } from "./files/permissions.ts";
import type { CancelTimings } from "./processes/process.ts";
import type { RunEvent } from "./results.ts";

/** The repository the workflow runs in, and the commit. */
export interface RunRepository {
  /** `owner/name`. */
  readonly name: string;
  /** Folder that holds the commit's tree: workflow files are read from it and checkout copies it. */
  readonly directory: string;
  /** Full git reference; `refs/heads/main` unless told. */
  readonly ref?: string;
  /** 40 hex digits; made up from the name and ref unless told. */
  readonly sha?: string;
  readonly defaultBranch?: string;
}

/** Variables and secrets of one deployment environment; they win over the repository's. */
export interface RunEnvironment {
  readonly vars?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, string>>;
}

/** Who asks for an identity token: what GitHub puts into its claims. */
export interface IdentityClaims {
  readonly repository: string;
  readonly ref: string;
  readonly sha: string;
  readonly environment: string | undefined;
  readonly workflowRef: string;
  readonly jobWorkflowRef: string;
  readonly actor: string;
  readonly eventName: string;
  readonly runId: string;
}

/** Where a job with `id-token: write` gets its tokens. */
export interface IdentityEndpoint {
  readonly requestUrl: string;
  readonly requestToken: string;
}

/** Everything a run needs to be told. */
export interface WorkflowOptions {
  /** Path of the workflow file: absolute, or relative to the repository's folder. */
  readonly workflow: string;
  readonly repository: RunRepository;
  /** Folder in which each job gets an empty workspace of its own and artifacts are kept. Created, never removed. */
  readonly workspace: string;
  readonly event: { readonly name: string; readonly payload?: unknown };
  /** Of `workflow_dispatch`. */
  readonly inputs?: Readonly<Record<string, string | boolean | number>>;
  readonly vars?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly environments?: Readonly<Record<string, RunEnvironment>>;
  /** Folders of other repositories by `owner/name@ref`. */
  readonly repositories?: Readonly<Record<string, string>>;
  /** Replacements by `owner/name` or `owner/name/path`, whatever the ref; checkout and the artifact actions unless told. */
  readonly builtInActions?: Readonly<Record<string, BuiltInAction>>;
  /** Extra environment of every step. Nothing else of this process's environment reaches them but PATH, HOME and the like. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly actor?: string;
  /** The job's GITHUB_TOKEN; a made-up one unless told. */
  readonly token?: string;
  /** What the token may do when a workflow does not say; `contents: read, packages: read` unless told. */
  readonly permissions?: Permissions;
  readonly serverUrl?: string;
  readonly apiUrl?: string;
  /** Called once per job that holds `id-token: write`. */
  readonly identity?: (claims: IdentityClaims) => IdentityEndpoint;
  /** Path of the Node.js 24 program; this process's own unless told. */
  readonly node?: string;
  readonly runId?: string;
  readonly runAttempt?: number;
  readonly listener?: (event: RunEvent) => void;
  /** Told of each process right after its start; it leads a process group of its own. */
  readonly onProcess?: (child: ChildProcess) => void;
  /** The user's cancel. */
  readonly signal?: AbortSignal;
  /** The machines of all jobs running at this moment die: nothing of theirs runs on, no post step either. */
  readonly die?: AbortSignal;
  readonly clock?: Clock;
  /** Grace times of a cancel; the runner's own unless told. */
  readonly timings?: CancelTimings;
}
