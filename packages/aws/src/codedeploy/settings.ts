import type { ServiceAddress } from "../ecs/api/services.ts";
import type { JsonFields, WaitUntil } from "../ecs/deploy/request.ts";

/** What the inputs say of CodeDeploy. What is absent follows from the service. */
export interface CodeDeploySettings {
  /** Path of the AppSpec file. */
  readonly appSpec?: string | undefined;
  /** `AppECS-{cluster}-{service}` when absent. */
  readonly application?: string | undefined;
  /** `DgpECS-{cluster}-{service}` when absent. */
  readonly group?: string | undefined;
  readonly description?: string | undefined;
  /** The group's own deployment configuration when absent. */
  readonly configuration?: string | undefined;
}

/** One deployment through CodeDeploy. Durations are milliseconds. */
export interface CodeDeployRequest {
  readonly address: ServiceAddress;
  readonly settings: CodeDeploySettings;
  /** Number of tasks; the service keeps its own when absent. */
  readonly desired: number | undefined;
  /** What else is asked of the service: members of UpdateService and of its `deploymentConfiguration`. */
  readonly asked: { readonly members: JsonFields; readonly configuration: JsonFields };
  /** Deploys even the revision that serves. */
  readonly force: boolean;
  readonly waiting: {
    readonly every: number;
    readonly timeout: number;
    readonly until: WaitUntil;
  };
  readonly onConflict: "wait" | "fail" | "supersede";
  readonly rollback: { readonly onFailure: boolean; readonly onCancel: boolean };
  /** Lines of the failing container's output to show; 0 for none. */
  readonly logLines: number;
}

/** What a workflow asks of CodeDeploy, whether or not the service turns out to be one that it deploys. */
export interface CodeDeployWishes {
  /** `strategy: codedeploy`: a service of another controller is a mistake then. */
  readonly isDemanded: boolean;
  readonly settings: CodeDeploySettings;
}
