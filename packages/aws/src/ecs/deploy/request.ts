import type { CodeDeployWishes } from "../../codedeploy/settings.ts";
import type { ServiceAddress } from "../api/services.ts";
import type { TaskRequest } from "../run-task/request.ts";
import type { Changes } from "../task-definition/changes.ts";
import type { DefinitionSource } from "../task-definition/source.ts";
import type { HealthCheck } from "./health-check.ts";

/** A parsed JSON object whose shape is checked once the API's model is loaded. */
export type JsonFields = { readonly [key: string]: unknown };

/** What shall be deployed where, and how. Durations are milliseconds. */
export interface DeployRequest {
  readonly taskDefinition: DefinitionSource;
  readonly changes: Changes;
  readonly target: DeployTarget;
  /** A one-off task of what is registered, before the service is updated. */
  readonly task?: TaskRequest | undefined;
  /** What a service that CodeDeploy deploys needs beside. */
  readonly codeDeploy?: CodeDeployWishes | undefined;
  readonly waiting: {
    readonly every: number;
    /** Bounds the wait for a predecessor, the deployment, and its health check together. */
    readonly timeout: number;
  };
  readonly waitUntil: WaitUntil;
  /** What to do about somebody else's deployment that is still under way. */
  readonly onConflict: "wait" | "fail" | "supersede";
  readonly rollback: { readonly onFailure: boolean; readonly onCancel: boolean };
  readonly mode: "apply" | "plan";
  /** What must be answered before the deployment counts. */
  readonly healthCheck: HealthCheck | undefined;
  /** Number of ACTIVE revisions of the family to keep after a success; all of them when absent. */
  readonly keepRevisions: number | undefined;
  /** Lines of the failing container's output to show; 0 for none. */
  readonly logLines: number;
}

/** When a deployment counts: it has ended, it has come to a lifecycle stage, or its update was accepted. */
export type WaitUntil =
  | { readonly kind: "stable" }
  | { readonly kind: "none" }
  /** A word of the API, for example `BAKE_TIME`. */
  | { readonly kind: "stage"; readonly stage: string };

/** Nothing but a registration, one service, or the idle one of two services behind a listener rule. */
export type DeployTarget =
  | { readonly kind: "none" }
  | ({
      readonly kind: "service";
      readonly address: ServiceAddress;
      /** Path of a CreateService document, for a service that does not exist yet. */
      readonly createFrom: string | undefined;
    } & ServiceWishes)
  | ({
      readonly kind: "paired";
      readonly cluster: string;
      readonly services: readonly [string, string];
      readonly listenerRule: string;
    } & ServiceWishes);

/** What was asked for beside the task definition; what is `undefined` or left out is never sent. */
export interface ServiceWishes {
  readonly desired: number | undefined;
  readonly force: boolean;
  /** Members of `deploymentConfiguration`, to be laid over what the service has. */
  readonly configuration: JsonFields;
  /** Other members of UpdateService. Null means to keep, an empty list to remove. */
  readonly members: JsonFields;
}
