import type { Clock } from "#ship/kit";
import type { JobIdentity, OidcIssuer } from "../oidc/index.ts";
import type { ContainerRuntime } from "../ports.ts";
import type { ProviderOptions, ServiceAccountOptions } from "./auth/service-accounts.ts";
import type { GoogleFaultRule } from "./faults.ts";
import type { Project } from "./names.ts";
import type { RunPace } from "./run/index.ts";

/** What can be chosen about a simulated Google Cloud project. Everything has a default. */
export interface SimulatedGoogleOptions {
  /** Drives every timer and timestamp; the machine's own clock by default. */
  readonly clock?: Clock;
  readonly project?: Project;
  /** Where services live unless told; `europe-west1` by default. */
  readonly region?: string;
  /** Port of the API endpoint; 0, the default, takes a free one. */
  readonly port?: number;
  /** Folder of discovery documents to validate traffic against; by default the one beside the repository, if any. */
  readonly models?: string | "none";
  readonly faults?: readonly GoogleFaultRule[];
  /** Seed of random faults. */
  readonly faultSeed?: number;
  /** The job that identity tokens speak for; not with `oidc`. */
  readonly job?: Partial<JobIdentity>;
  /** An identity token issuer that another simulation started and will close. */
  readonly oidc?: OidcIssuer;
  readonly provider?: ProviderOptions;
  /** `ship@<project>.iam.gserviceaccount.com` by default; the first is the one `environment()` acts as. */
  readonly serviceAccounts?: readonly ServiceAccountOptions[];
  /** Permissions nobody has, for example `cloudscheduler.jobs.create`. */
  readonly deniedPermissions?: readonly string[];
  /** Runs the containers of revisions; by default nothing really runs and every container starts and stays up. */
  readonly runtime?: ContainerRuntime;
  readonly run?: {
    readonly pace?: Partial<RunPace>;
    /** Divides every duration of the pace; 1 by default. */
    readonly speed?: number;
    /** Whether `uri` of services and tags is the name the real world has or where they really answer; `run.app` by default. */
    readonly uris?: "run.app" | "local";
    /** Values of Secret Manager secrets by name, whatever the version. */
    readonly secrets?: Readonly<Record<string, string>>;
    /** Numbers in [0, 1) that choose among weighted targets. */
    readonly random?: () => number;
  };
  readonly monitoring?: {
    /** How often points come, milliseconds; 60 s by default. A shorter one allows alignment periods as short. */
    readonly samplePeriod?: number;
    /** How long after its sampling period a point can be read, milliseconds; 180 s by default. */
    readonly lag?: number;
  };
}
