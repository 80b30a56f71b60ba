import type { Fields } from "../task-definition/schema.ts";

/** A one-off task that shall run before the service is updated. What is `undefined` comes from the service, or is not sent. */
export interface TaskRequest {
  /** By name or ARN. */
  readonly cluster: string;
  /** The container whose exit code is the verdict; otherwise the first essential one. */
  readonly container: string | undefined;
  /** Takes the place of the main container's command. */
  readonly command: readonly string[] | undefined;
  /** Variables of the main container to set or replace. */
  readonly environment: Readonly<Record<string, string>>;
  /** ContainerOverride documents, as the API takes them. */
  readonly containerOverrides: readonly Fields[];
  /** From 1 to 10. */
  readonly count: number;
  readonly subnets: readonly string[] | undefined;
  readonly securityGroups: readonly string[] | undefined;
  readonly assignPublicIp: "ENABLED" | "DISABLED" | undefined;
  /** Never together with `capacityProviders`. */
  readonly launchType: "EC2" | "FARGATE" | "EXTERNAL" | undefined;
  /** CapacityProviderStrategyItem documents. */
  readonly capacityProviders: readonly Fields[] | undefined;
  /** When empty a text of this run's own is made, by which its tasks can be found again. */
  readonly startedBy: string | undefined;
  /** Whether Amazon ECS tags the tasks by itself too. */
  readonly managedTags: boolean | undefined;
  /** Tag documents. */
  readonly tags: readonly Fields[];
  /** TaskManagedEBSVolumeConfiguration document. */
  readonly volume: Fields | undefined;
  readonly volumeName: string | undefined;
  /** Wait for the verdict, or start and go on. */
  readonly after: "wait" | "go-on";
  /** Show the main container's output while it runs. */
  readonly logs: "follow" | "none";
  /** Where it is followed otherwise than the deployment, in milliseconds. */
  readonly waiting: { readonly every: number | undefined; readonly timeout: number | undefined };
}

/** What of a service its one-off tasks take over. */
export interface LaunchSettings {
  readonly service: string;
  readonly subnets: readonly string[];
  readonly securityGroups: readonly string[];
  readonly assignPublicIp: "ENABLED" | "DISABLED" | undefined;
  readonly launchType: string | undefined;
  readonly capacityProviders: readonly Fields[];
  readonly platformVersion: string | undefined;
  readonly executeCommand: boolean;
  readonly managedTags: boolean;
  /** PlacementConstraint documents, which tasks on Fargate cannot have. */
  readonly placementConstraints: readonly Fields[];
  /** PlacementStrategy documents, which tasks on Fargate cannot have. */
  readonly placementStrategy: readonly Fields[];
}
