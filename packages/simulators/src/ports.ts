/** The seams between simulated services, so that each can be built and tested alone. */

/** A network endpoint registered in a target group. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** Health of one registered endpoint, in the words of DescribeTargetHealth. */
export interface EndpointHealth {
  readonly endpoint: Endpoint;
  readonly state: "initial" | "healthy" | "unhealthy" | "unused" | "draining" | "unavailable";
  /** For example `Target.FailedHealthChecks`, `Elb.RegistrationInProgress`, `Target.NotInUse`. */
  readonly reason?: string;
  readonly description?: string;
}

/** What ECS needs of Elastic Load Balancing. */
export interface LoadBalancing {
  register(targetGroupArn: string, endpoint: Endpoint): void;
  /** Begins draining; in-flight requests finish. */
  deregister(targetGroupArn: string, endpoint: Endpoint): void;
  health(targetGroupArn: string): readonly EndpointHealth[];
  targetGroupExists(targetGroupArn: string): boolean;
  /** Target groups reachable from a rule or listener default, with their weights. */
  ruleWeights(ruleOrListenerArn: string): ReadonlyMap<string, number> | undefined;
  /** What native ECS strategies do: rewrite the rule's forward action with these weights. */
  setRuleWeights(ruleOrListenerArn: string, weights: ReadonlyMap<string, number>): void;
}

/** What CodeDeploy needs of Elastic Load Balancing. */
export interface TrafficRoutes {
  /** ARN of a target group, by its name. */
  targetGroupNamed(name: string): string | undefined;
  /** Rules of a listener, its default rule included, that forward to any of the groups. */
  rulesForwarding(listenerArn: string, groups: readonly string[]): readonly string[];
  ruleWeights(ruleOrListenerArn: string): ReadonlyMap<string, number> | undefined;
  setRuleWeights(ruleOrListenerArn: string, weights: ReadonlyMap<string, number>): void;
}

/** What ECS needs of CloudWatch: the state of alarms by name. */
export interface Alarms {
  state(alarmName: string): "OK" | "ALARM" | "INSUFFICIENT_DATA" | undefined;
}

/** Where containers' output goes. */
export interface LogSink {
  /** Creates the stream, as the awslogs driver does when its container starts. */
  open?(group: string, stream: string): void;
  /** Creates the stream where it is not there yet. */
  write(group: string, stream: string, message: string, at: number): void;
}

/** One container of a task as it shall be run, with overrides already applied. */
export interface ContainerSpec {
  readonly name: string;
  readonly image: string;
  readonly essential: boolean;
  readonly environment: Readonly<Record<string, string>>;
  readonly command?: readonly string[];
  readonly entryPoint?: readonly string[];
  /** Container ports to expose. */
  readonly ports: readonly number[];
}

/** What a running container tells its task. */
export interface ContainerEvents {
  output(line: string): void;
  /** `exitCode` is absent when the container never ran; `reason` as Docker or ECS words it (`CannotPullContainerError: …`). */
  exited(exit: { readonly exitCode?: number; readonly reason?: string }): void;
}

/** A started container. */
export interface RunningContainer {
  /** Where each container port answers. */
  endpoint(containerPort: number): Endpoint | undefined;
  /** SIGTERM, then SIGKILL after `graceMilliseconds`; resolves when it is gone. */
  stop(graceMilliseconds: number): Promise<void>;
  /**
   * Runs a program beside the container's own, as `docker exec` does, and answers its exit code: how ECS runs a
   * container health check. A runtime without it leaves the health of its containers UNKNOWN.
   */
  execute?(command: readonly string[], timeoutMilliseconds: number): Promise<number>;
}

/**
 * Runs the containers of simulated tasks: real processes, real containers, or scripted ones.
 * `start` rejects with an error whose message is the stopped reason when the image cannot be had or the container cannot start.
 */
export interface ContainerRuntime {
  start(container: ContainerSpec, events: ContainerEvents): Promise<RunningContainer>;
  close(): Promise<void>;
}

/** One request that went through a simulated load balancer. */
export interface RequestRecord {
  /** When the answer ended, milliseconds since the epoch. */
  readonly at: number;
  readonly loadBalancerArn: string;
  readonly targetGroupArn?: string;
  readonly endpoint?: Endpoint;
  /** Status the client saw; 502/503/504 made by the load balancer have no `targetStatus`. */
  readonly status: number;
  readonly targetStatus?: number;
  readonly targetConnectionError: boolean;
  /** Seconds from sending the request to the target until its response headers; absent without a target answer. */
  readonly targetResponseTime?: number;
}
