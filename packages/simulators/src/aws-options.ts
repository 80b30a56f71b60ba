import type { Clock } from "#ship/kit";
import type { CloudWatchOptions } from "./cloudwatch/index.ts";
import type { CodeDeployOptions } from "./codedeploy/index.ts";
import type { EcsOptions } from "./ecs/index.ts";
import type { Elbv2Options } from "./elbv2/index.ts";
import type { FaultRule, RequestRate } from "./faults/index.ts";
import type { LogsOptions } from "./logs/index.ts";
import type { JobIdentity } from "./oidc/index.ts";
import type { ContainerRuntime } from "./ports.ts";
import type { BlobStore } from "./registry/index.ts";
import type { RoleOptions } from "./sts/index.ts";

/** What can be chosen about a simulated AWS account. Everything has a default. */
export interface SimulatedAwsOptions {
  /** Drives every timer and timestamp; the machine's own clock by default. */
  readonly clock?: Clock;
  readonly region?: string;
  /** Twelve digits. */
  readonly accountId?: string;
  /** Port of the API endpoint; 0, the default, takes a free one. */
  readonly port?: number;
  /** Folder of official API models to validate traffic against; by default the one beside the repository, if any. */
  readonly models?: string | "none";
  readonly faults?: readonly FaultRule[];
  /** Quotas whose excess is throttled; none unless given. See `ecsRequestRates`. */
  readonly requestRates?: readonly RequestRate[];
  /** Seed of random faults. */
  readonly faultSeed?: number;
  /** Whether long-lived access keys nobody created are taken for a user's; `accept` by default. */
  readonly unknownKeys?: "accept" | "reject";
  readonly roles?: readonly RoleOptions[];
  /** Names of ECR repositories that exist from the start. */
  readonly repositories?: readonly string[];
  /** The job that identity tokens speak for. */
  readonly job?: Partial<JobIdentity>;
  /** Where image layers are kept; in memory by default. */
  readonly blobs?: BlobStore;
  /** Runs the containers of tasks; by default nothing really runs and every container stays up. */
  readonly runtime?: ContainerRuntime;
  readonly ecs?: Omit<EcsOptions, Surroundings | "loadBalancing" | "alarms" | "logs" | "runtime" | "onEvent">;
  readonly elbv2?: Omit<Elbv2Options, Surroundings | "onRequest" | "onHostCounts" | "onWeights">;
  readonly cloudwatch?: Omit<CloudWatchOptions, Surroundings | "telemetry">;
  readonly logs?: Omit<LogsOptions, Surroundings>;
  /** As fast as ECS unless told. */
  readonly codedeploy?: Omit<CodeDeployOptions, "clock" | "taskSets" | "routes" | "alarms" | "onEvent">;
}

/** What every service is given by the account it belongs to. */
type Surroundings = "clock" | "region" | "accountId";
