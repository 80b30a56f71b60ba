import type { RunDefaults } from "../files/workflow-model.ts";
import type { Value } from "../language/value.ts";
import type { Origin } from "../loading/references.ts";
import type { IdentityEndpoint } from "../options.ts";
import type { ProcessGroups } from "../processes/process-groups.ts";
import type { CommandSink } from "../protocol/commands.ts";
import type { Masker } from "../protocol/masking.ts";
import type { StepResult } from "../results.ts";
import type { RunState } from "../run-state.ts";

/** Folders of the machine a job runs on. */
export interface JobFolders {
  readonly workspace: string;
  readonly temp: string;
  readonly toolCache: string;
  /** Command files of its steps. */
  readonly commands: string;
}

/** The status that success(), failure() and cancelled() ask for. */
export interface Status {
  current: "success" | "failure" | "cancelled";
}

/** A job while it runs. */
export interface JobState {
  readonly run: RunState;
  /** Path of the job in the run's results. */
  readonly key: string;
  readonly folders: JobFolders;
  readonly masker: Masker;
  readonly groups: ProcessGroups;
  /** Contexts that stay as they are: github, vars, secrets, needs, strategy, matrix, runner. */
  readonly contexts: Readonly<Record<string, Value>>;
  readonly defaults: RunDefaults;
  readonly identity: IdentityEndpoint | undefined;
  /** Where the job's workflow file came from. */
  readonly origin: Origin;
  /** The `job` context without its status. */
  readonly job: Readonly<Record<string, Value>>;
  readonly status: Status;
  /** Aborts when the job is cancelled. */
  readonly cancel: AbortSignal;
  /** Aborts when the job's machine dies. */
  readonly die: AbortSignal;
  /** Environment of all following steps, which $GITHUB_ENV adds to. */
  readonly env: Map<string, string>;
  /** Folders that $GITHUB_PATH put in front of PATH, the latest first. */
  readonly paths: string[];
  /** Post steps in the order they were registered; they run in reverse. */
  readonly posts: PostStep[];
  readonly results: StepResult[];
  readonly debug: CommandSink["debug"];
}

/** A `post` that waits for the end of the job. */
export interface PostStep {
  readonly owner: object;
  readonly name: string;
  run(): Promise<void>;
}

/** A job's machine has died under it. */
export class MachineDied extends Error {
  constructor() {
    super(
      "The hosted runner lost communication with the server. The machine died while the job was running.",
    );
    this.name = "MachineDied";
  }
}
