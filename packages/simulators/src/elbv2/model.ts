import type { JsonObject } from "../service.ts";

/** One target group of a forward action. Weights are relative, 0–999. */
export interface WeightedGroup {
  readonly targetGroupArn: string;
  readonly weight: number;
}

/** Keeps a client on the target group it first met, for `durationSeconds` (1–604800). */
export type GroupStickiness =
  | { readonly enabled: false; readonly durationSeconds?: number }
  | { readonly enabled: true; readonly durationSeconds: number };

export interface ForwardAction {
  readonly type: "forward";
  readonly order?: number;
  readonly targetGroups: readonly WeightedGroup[];
  readonly stickiness: GroupStickiness;
}

export interface FixedResponseAction {
  readonly type: "fixed-response";
  readonly order?: number;
  readonly statusCode: number;
  readonly contentType?: string;
  readonly messageBody?: string;
}

export interface RedirectAction {
  readonly type: "redirect";
  readonly order?: number;
  readonly statusCode: "HTTP_301" | "HTTP_302";
  readonly protocol: string;
  readonly host: string;
  readonly port: string;
  readonly path: string;
  readonly query: string;
}

export const guardTypes = ["authenticate-oidc", "authenticate-cognito", "jwt-validation"] as const;
export type GuardType = (typeof guardTypes)[number];

/** An action that lets a request pass to the next one. Its configuration is kept as it came; nobody is authenticated. */
export interface GuardAction {
  readonly type: GuardType;
  readonly order?: number;
  readonly configuration: JsonObject;
}

export type RoutingAction = ForwardAction | FixedResponseAction | RedirectAction;
export type Action = RoutingAction | GuardAction;

/** One condition of a rule; several values of one condition are alternatives, several conditions must all hold. */
export type Condition =
  | { readonly field: "host-header"; readonly values: readonly string[] }
  | { readonly field: "path-pattern"; readonly values: readonly string[] }
  | { readonly field: "http-header"; readonly headerName: string; readonly values: readonly string[] }
  | { readonly field: "http-request-method"; readonly values: readonly string[] }
  | {
      readonly field: "query-string";
      readonly pairs: readonly { readonly key?: string; readonly value: string }[];
    }
  | { readonly field: "source-ip"; readonly values: readonly string[] };

export interface LoadBalancer {
  readonly arn: string;
  readonly name: string;
  readonly type: "application" | "network";
  readonly scheme: "internet-facing" | "internal";
  readonly dnsName: string;
  readonly createdAt: number;
  readonly subnets: readonly string[];
  readonly securityGroups: readonly string[];
  readonly ipAddressType: string;
}

export interface Rule {
  readonly arn: string;
  readonly listenerArn: string;
  /** The default rule is tried last and has no conditions. */
  priority: number | "default";
  conditions: readonly Condition[];
  actions: readonly Action[];
}

export interface Listener {
  readonly arn: string;
  readonly loadBalancerArn: string;
  port: number;
  protocol: string;
  certificates: readonly JsonObject[];
  sslPolicy: string | undefined;
  readonly defaultRule: Rule;
}

/** How the load balancer asks a target whether it is well. Seconds, and counts of consecutive answers. */
export interface HealthCheck {
  readonly enabled: boolean;
  readonly protocol: string;
  /** A port number, or `traffic-port` for the target's own. */
  readonly port: string;
  readonly path: string;
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  readonly healthyThreshold: number;
  readonly unhealthyThreshold: number;
  /** Accepted HTTP codes, for example `200`, `200,202` or `200-299`. */
  readonly matcher: string;
}

/** What health checks last found, before "not in use" and "draining" are considered. */
export type CheckedState =
  | { readonly state: "initial"; readonly reason: "Elb.RegistrationInProgress" | "Elb.InitialHealthChecking" }
  | { readonly state: "healthy" }
  | { readonly state: "unhealthy"; readonly reason: string; readonly description: string }
  | { readonly state: "unavailable"; readonly reason: "Target.HealthCheckDisabled" };

export interface Target {
  readonly host: string;
  readonly port: number;
  checked: CheckedState;
  /** Set while the target drains: when it is gone, milliseconds since the epoch. */
  drainingUntil: number | undefined;
}

export interface TargetGroup {
  readonly arn: string;
  readonly name: string;
  readonly protocol: string;
  readonly protocolVersion: string;
  readonly port: number;
  readonly vpcId: string;
  readonly targetType: "instance" | "ip" | "lambda" | "alb";
  healthCheck: HealthCheck;
  readonly attributes: Map<string, string>;
  /** By `host:port`. */
  readonly targets: Map<string, Target>;
}
