import type { Endpoint, EndpointHealth } from "../ports.ts";
import type { Handler, JsonObject } from "../service.ts";
import { faults, read } from "./faults.ts";
import type { HealthChecks } from "./health-checks.ts";
import type { Target, TargetGroup } from "./model.ts";
import { type Elbv2State, loadBalancersOf } from "./state.ts";
import { drainSeconds } from "./target-group-attributes.ts";

/** Counts of a group's targets that are in use, as HealthyHostCount and UnHealthyHostCount report them. */
export interface HostCounts {
  readonly at: number;
  readonly targetGroupArn: string;
  readonly loadBalancerArns: readonly string[];
  readonly healthy: number;
  readonly unhealthy: number;
}

/** Registration, draining and the health of targets. */
export interface Targets {
  register(group: TargetGroup, endpoint: Endpoint): void;
  deregister(group: TargetGroup, endpoint: Endpoint): void;
  health(group: TargetGroup): readonly EndpointHealth[];
  /** Starts or stops health checks after rules changed: a group on no rule is not checked. */
  routesChanged(): void;
  /** Tells the host counts of a group to whoever asked for them. */
  publish(group: TargetGroup): void;
}

const keyOf = (endpoint: Endpoint) => `${endpoint.host}:${endpoint.port}`;

/** Creates the targets of all groups. `second` is the length of one second of draining, milliseconds. */
export function createTargets(
  state: Elbv2State,
  checks: HealthChecks,
  second: number,
  onHostCounts: (counts: HostCounts) => void,
): Targets {
  const inUse = new Set<string>();

  const publish = (group: TargetGroup) => {
    const active = present(state, group).filter((target) => target.drainingUntil === undefined);
    const count = (wanted: Target["checked"]["state"]) =>
      active.filter((target) => target.checked.state === wanted).length;
    onHostCounts({
      at: state.clock.now(),
      targetGroupArn: group.arn,
      loadBalancerArns: loadBalancersOf(state, group.arn),
      healthy: count("healthy"),
      unhealthy: count("unhealthy"),
    });
  };

  return {
    publish,
    register(group, endpoint) {
      const known = group.targets.get(keyOf(endpoint));
      if (known && known.drainingUntil === undefined) return;
      const target: Target = {
        host: endpoint.host,
        port: endpoint.port,
        checked: { state: "initial", reason: "Elb.RegistrationInProgress" },
        drainingUntil: undefined,
      };
      group.targets.set(keyOf(endpoint), target);
      if (inUse.has(group.arn)) checks.watch(group, target);
      publish(group);
    },
    deregister(group, endpoint) {
      const target = group.targets.get(keyOf(endpoint));
      if (!target || target.drainingUntil !== undefined) return;
      checks.forget(target);
      target.drainingUntil = state.clock.now() + (inUse.has(group.arn) ? drainSeconds(group) * second : 0);
      publish(group);
    },
    health: (group) => present(state, group).map((target) => describe(target, inUse.has(group.arn))),
    routesChanged() {
      for (const group of state.targetGroups.values()) {
        const used = loadBalancersOf(state, group.arn).length > 0;
        if (used === inUse.has(group.arn)) continue;
        if (used) inUse.add(group.arn);
        else inUse.delete(group.arn);
        for (const target of present(state, group)) {
          if (used && target.drainingUntil === undefined) checks.watch(group, target);
          else checks.forget(target);
        }
        publish(group);
      }
    },
  };
}

/** The group's targets, those that have drained removed. */
export function present(state: Elbv2State, group: TargetGroup): readonly Target[] {
  const now = state.clock.now();
  for (const [key, target] of group.targets) {
    if (target.drainingUntil !== undefined && target.drainingUntil <= now) group.targets.delete(key);
  }
  return [...group.targets.values()];
}

const initialWords = {
  "Elb.RegistrationInProgress": "Target registration is in progress",
  "Elb.InitialHealthChecking": "Initial health checks in progress",
} as const;

function describe(target: Target, inUse: boolean): EndpointHealth {
  const endpoint = { host: target.host, port: target.port };
  if (target.drainingUntil !== undefined) {
    return {
      endpoint,
      state: "draining",
      reason: "Target.DeregistrationInProgress",
      description: "Target deregistration is in progress",
    };
  }
  if (!inUse) {
    return {
      endpoint,
      state: "unused",
      reason: "Target.NotInUse",
      description: "Target group is not configured to receive traffic from the load balancer",
    };
  }
  switch (target.checked.state) {
    case "initial":
      return { endpoint, ...target.checked, description: initialWords[target.checked.reason] };
    case "unavailable":
      return { endpoint, ...target.checked, description: "Health checks are disabled for this target group" };
    default:
      return { endpoint, ...target.checked };
  }
}

/** RegisterTargets, DeregisterTargets and DescribeTargetHealth. */
export function targetHandlers(state: Elbv2State, targets: Targets): Record<string, Handler> {
  const groupOf = (input: JsonObject) => {
    const group = state.targetGroups.get(read.requiredText(input, "TargetGroupArn"));
    if (!group) throw faults.targetGroupNotFound();
    return group;
  };
  const endpointsOf = (input: JsonObject, group: TargetGroup): readonly Endpoint[] =>
    read.objects(input, "Targets").map((target) => ({
      host: read.requiredText(target, "Id"),
      port: read.whole(target, "Port", 1, 65_535) ?? group.port,
    }));
  return {
    RegisterTargets(input) {
      const group = groupOf(input);
      for (const endpoint of endpointsOf(input, group)) targets.register(group, endpoint);
      return {};
    },
    DeregisterTargets(input) {
      const group = groupOf(input);
      const endpoints = endpointsOf(input, group);
      const unknown = endpoints.filter((endpoint) => !group.targets.has(keyOf(endpoint)));
      if (unknown.length > 0) {
        throw faults.invalidTarget(
          `The following targets are not registered with the target group: ${unknown.map(keyOf).join(", ")}`,
        );
      }
      for (const endpoint of endpoints) targets.deregister(group, endpoint);
      return {};
    },
    DescribeTargetHealth(input) {
      const group = groupOf(input);
      const wanted = endpointsOf(input, group);
      const known = targets.health(group);
      const unregistered: EndpointHealth[] = wanted
        .filter((endpoint) => !known.some((health) => keyOf(health.endpoint) === keyOf(endpoint)))
        .map((endpoint) => ({
          endpoint,
          state: "unused",
          reason: "Target.NotRegistered",
          description: "Target is not registered to the target group",
        }));
      const selected = known.filter(
        (health) =>
          wanted.length === 0 || wanted.some((endpoint) => keyOf(endpoint) === keyOf(health.endpoint)),
      );
      return {
        TargetHealthDescriptions: [...selected, ...unregistered].map((health) => ({
          Target: { Id: health.endpoint.host, Port: health.endpoint.port },
          HealthCheckPort:
            group.healthCheck.port === "traffic-port" ? String(health.endpoint.port) : group.healthCheck.port,
          TargetHealth: {
            State: health.state,
            ...(health.reason === undefined ? {} : { Reason: health.reason }),
            ...(health.description === undefined ? {} : { Description: health.description }),
          },
        })),
      };
    },
  };
}
