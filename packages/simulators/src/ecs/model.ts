import type { Endpoint, RunningContainer } from "../ports.ts";
import type { JsonObject } from "../service.ts";
import type { DeploymentConfiguration } from "./deployments/configuration.ts";

/** The simulator's records. Times are milliseconds since the epoch. */

export interface Cluster {
  readonly arn: string;
  readonly name: string;
  readonly settings: readonly JsonObject[];
  readonly capacityProviders: readonly string[];
  readonly defaultCapacityProviderStrategy: readonly JsonObject[];
  tags: JsonObject[];
}

export interface TaskDefinition {
  readonly arn: string;
  readonly family: string;
  readonly revision: number;
  status: "ACTIVE" | "INACTIVE" | "DELETE_IN_PROGRESS";
  /** Everything Describe answers besides status and its dates. */
  readonly body: JsonObject;
  readonly containers: readonly JsonObject[];
  tags: JsonObject[];
  deregisteredAt?: number;
  deleteRequestedAt?: number;
}

/** One entry of a service's `loadBalancers`. */
export interface LoadBalancerBinding {
  readonly body: JsonObject;
  readonly targetGroupArn: string;
  readonly containerName: string;
  readonly containerPort: number;
  /** Present for the native traffic-shifting strategies. */
  readonly shifting?: {
    readonly alternateTargetGroupArn: string;
    readonly productionListenerRule: string;
    readonly testListenerRule?: string;
  };
}

/** The part of a service that a service revision freezes: a change of it starts a deployment. */
export interface Settings {
  readonly taskDefinitionArn: string;
  readonly launchType?: string;
  readonly capacityProviderStrategy: readonly JsonObject[];
  readonly platformVersion?: string;
  readonly networkConfiguration?: JsonObject;
  readonly loadBalancers: readonly LoadBalancerBinding[];
  readonly serviceRegistries: readonly JsonObject[];
  readonly serviceConnectConfiguration?: JsonObject;
  readonly volumeConfigurations: readonly JsonObject[];
  readonly vpcLatticeConfigurations: readonly JsonObject[];
}

export interface Revision {
  readonly arn: string;
  readonly createdAt: number;
  readonly settings: Settings;
  /** Per load balancer binding, the target group whose targets are this revision's tasks. */
  readonly targetGroupArns: readonly string[];
}

/** An entry of `Service.deployments`. */
export interface Deployment {
  readonly id: string;
  readonly revision: Revision;
  status: "PRIMARY" | "ACTIVE";
  rolloutState: "IN_PROGRESS" | "COMPLETED" | "FAILED";
  rolloutStateReason: string;
  desiredCount: number;
  failedTasks: number;
  /** False once the deployment has failed: it launches no more tasks. */
  launches: boolean;
  /** Tasks that failed in a row; drives the back-off. */
  failuresInRow: number;
  nextLaunchAt: number;
  createdAt: number;
  updatedAt: number;
  /** Of a task set: the CodeDeploy deployment that made it. */
  readonly externalId?: string;
  /** Of a task set: it shall go, and is DRAINING until its last task is gone. */
  isRemoved?: true;
}

export type ServiceDeploymentStatus =
  | "PENDING"
  | "IN_PROGRESS"
  | "STOP_REQUESTED"
  | "STOPPED"
  | "SUCCESSFUL"
  | "ROLLBACK_REQUESTED"
  | "ROLLBACK_IN_PROGRESS"
  | "ROLLBACK_SUCCESSFUL"
  | "ROLLBACK_FAILED";

export type MonitorStatus = "DISABLED" | "MONITORING" | "MONITORING_COMPLETE" | "TRIGGERED";

export interface HookRun {
  readonly id: string;
  readonly targetType: "PAUSE" | "AWS_LAMBDA";
  readonly targetArn?: string;
  status: "AWAITING_ACTION" | "IN_PROGRESS" | "SUCCEEDED" | "FAILED" | "TIMED_OUT";
  readonly expiresAt: number;
  readonly timeoutAction: "ROLLBACK" | "CONTINUE";
}

export interface ServiceDeployment {
  readonly arn: string;
  readonly target: Deployment;
  /** What served before, newest first. */
  readonly sources: readonly Revision[];
  readonly configuration: DeploymentConfiguration;
  status: ServiceDeploymentStatus;
  statusReason?: string;
  readonly createdAt: number;
  /** Before this moment the lists do not show it: the API is eventually consistent. */
  readonly visibleAt: number;
  startedAt?: number;
  finishedAt?: number;
  stoppedAt?: number;
  updatedAt: number;
  lifecycleStage?: string;
  hooks: HookRun[];
  /** Percent of production and test traffic that the target gets; absent for rolling deployments. */
  traffic?: { production: number; test: number };
  rollback?: { reason: string; startedAt: number; to: Deployment };
  breaker: { status: MonitorStatus; failureCount: number };
  alarms: { status: MonitorStatus; triggered: string[]; readonly ignored: ReadonlySet<string> };
  /** When its tasks became steady; the alarm bake counts from here. */
  steadyAt?: number;
  /** Why it must end early; the one who runs the deployment acts on it. */
  interruption?: Interruption;
}

/** What ends a deployment before its success, in the words of each place that reports it. */
export interface Interruption {
  readonly outcome: "ROLL_BACK" | "STOP";
  /** After `(deployment …) deployment failed: `; absent when a person asked for the end. */
  readonly event?: string;
  /** `rolloutStateReason` of the failed deployment. */
  readonly rolloutStateReason: string;
  /** Start of `rolloutStateReason` of the deployment that is restored. */
  readonly restoring: string;
  /** `statusReason` of the service deployment. */
  readonly statusReason: string;
}

export interface ServiceEvent {
  readonly id: string;
  readonly at: number;
  readonly message: string;
}

export interface Service {
  readonly arn: string;
  readonly name: string;
  readonly cluster: Cluster;
  status: "ACTIVE" | "DRAINING" | "INACTIVE";
  desiredCount: number;
  settings: Settings;
  configuration: DeploymentConfiguration;
  /** Newest first; the first one is PRIMARY. */
  deployments: Deployment[];
  /** Newest first. */
  serviceDeployments: ServiceDeployment[];
  readonly revisions: Revision[];
  /** Where a rollback goes to. */
  lastCompleted?: Deployment;
  /** Newest first, at most 100. */
  events: ServiceEvent[];
  steadySince?: number;
  readonly createdAt: number;
  readonly createdBy: string;
  healthCheckGracePeriodSeconds?: number;
  readonly controller: "ECS" | "CODE_DEPLOY" | "EXTERNAL";
  readonly explicitController: boolean;
  placementConstraints: readonly JsonObject[];
  placementStrategy: readonly JsonObject[];
  propagateTags: string;
  enableECSManagedTags: boolean;
  enableExecuteCommand: boolean;
  availabilityZoneRebalancing: string;
  tags: JsonObject[];
}

export type TaskStatus =
  | "PROVISIONING"
  | "PENDING"
  | "ACTIVATING"
  | "RUNNING"
  | "DEACTIVATING"
  | "STOPPING"
  | "DEPROVISIONING"
  | "STOPPED";

export type Health = "HEALTHY" | "UNHEALTHY" | "UNKNOWN";

export interface TaskContainer {
  readonly arn: string;
  readonly name: string;
  readonly image: string;
  readonly essential: boolean;
  readonly definition: JsonObject;
  lastStatus: "PENDING" | "RUNNING" | "STOPPED";
  health: Health;
  exitCode?: number;
  reason?: string;
  running?: RunningContainer;
}

/** A target of a task in a target group. */
export interface Registration {
  readonly targetGroupArn: string;
  readonly endpoint: Endpoint;
  readonly containerPort: number;
}

export interface Task {
  readonly arn: string;
  readonly id: string;
  readonly cluster: Cluster;
  readonly definition: TaskDefinition;
  readonly group: string;
  readonly startedBy?: string;
  readonly owner?: { readonly service: Service; readonly deployment: Deployment };
  readonly launchType?: string;
  readonly capacityProviderName?: string;
  readonly platformVersion?: string;
  readonly networkConfiguration?: JsonObject;
  readonly overrides: JsonObject;
  readonly enableExecuteCommand: boolean;
  readonly containers: readonly TaskContainer[];
  readonly address: string;
  readonly attachmentId: string;
  readonly availabilityZone: string;
  tags: JsonObject[];
  lastStatus: TaskStatus;
  desiredStatus: "RUNNING" | "STOPPED";
  version: number;
  registrations: Registration[];
  /** When the service scheduler first saw it healthy. */
  healthyAt?: number;
  /** Why the service scheduler will stop it, once its health checks have failed. */
  unhealthyReason?: string;
  /** Whether the service scheduler has taken note of its stop. */
  accounted: boolean;
  /** Aborts when the task shall stop. */
  readonly stopping: AbortController;
  readonly createdAt: number;
  /** Before this moment descriptions and lists do not show it. */
  readonly visibleAt?: number;
  connectivityAt?: number;
  pullStartedAt?: number;
  pullStoppedAt?: number;
  startedAt?: number;
  stoppingAt?: number;
  executionStoppedAt?: number;
  stoppedAt?: number;
  stopCode?: StopCode;
  stoppedReason?: string;
}

export type StopCode =
  | "TaskFailedToStart"
  | "EssentialContainerExited"
  | "UserInitiated"
  | "ServiceSchedulerInitiated"
  | TaskInterruption["code"];

/** An end that neither the task nor anybody of the account brought about. */
export interface TaskInterruption {
  readonly code: "SpotInterruption" | "TerminationNotice" | "InfrastructureHealth";
  readonly reason: string;
}
