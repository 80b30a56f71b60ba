import type { ServiceAddress } from "../api/services.ts";
import type { TaskRequest } from "../run-task/request.ts";
import type { Changes } from "../task-definition/changes.ts";
import type { DefinitionSource } from "../task-definition/source.ts";

/** What shall be deployed where, and how. Durations are milliseconds. */
export interface DeployRequest {
  readonly taskDefinition: DefinitionSource;
  readonly changes: Changes;
  readonly target: DeployTarget;
  /** A one-off task of what is registered, before the service is updated. */
  readonly task?: TaskRequest | undefined;
  readonly waiting: { readonly every: number; readonly timeout: number };
  readonly rollback: { readonly onFailure: boolean; readonly onCancel: boolean };
  readonly mode: "apply" | "plan";
  /** Must answer 2xx or 3xx before the deployment counts. */
  readonly healthCheckUrl: URL | undefined;
  /** Lines of the failing container's output to show; 0 for none. */
  readonly logLines: number;
}

/** Nothing but a registration, one service, or the idle one of two services behind a listener rule. */
export type DeployTarget =
  | { readonly kind: "none" }
  | ({ readonly kind: "service"; readonly address: ServiceAddress } & ServiceWishes)
  | ({
      readonly kind: "paired";
      readonly cluster: string;
      readonly services: readonly [string, string];
      readonly listenerRule: string;
    } & ServiceWishes);

/** What was asked for beside the task definition; what is `undefined` is never sent. */
export interface ServiceWishes {
  readonly desired: number | undefined;
  readonly force: boolean;
  readonly breaker: boolean | undefined;
  /** `inherit` keeps the service's own. */
  readonly strategy: "inherit" | "rolling";
}
