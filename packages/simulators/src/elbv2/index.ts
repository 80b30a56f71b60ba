import type { Clock } from "#ship/kit";
import type { Endpoint, LoadBalancing, RequestRecord, TrafficRoutes } from "../ports.ts";
import { createProxy, type ListenerProxy } from "../proxy/index.ts";
import type { SimulatedService } from "../service.ts";
import { arnMaker } from "./arns.ts";
import { faults } from "./faults.ts";
import { createHealthChecks } from "./health-checks.ts";
import { createListener, type ListenerDoors, type ListenerSettings, listenerHandlers } from "./listeners.ts";
import { createLoadBalancer, type LoadBalancerSettings, loadBalancerHandlers } from "./load-balancers.ts";
import type { Action, Condition, Listener, LoadBalancer, Rule, TargetGroup } from "./model.ts";
import { httpProbe, type Probe } from "./probe.ts";
import { createRule, modifyRule, type RuleSettings, ruleHandlers, setForwardWeights } from "./rules.ts";
import { emptyState, findRule, rulesInOrder, type WeightChange, weightsOf } from "./state.ts";
import { tagHandlers } from "./tags.ts";
import { targetGroupAttributeHandlers } from "./target-group-attributes.ts";
import { createTargetGroup, type TargetGroupSettings, targetGroupHandlers } from "./target-groups.ts";
import { createTargets, type HostCounts, present, targetHandlers } from "./targets.ts";

export { metricDimension } from "./arns.ts";
export type * from "./model.ts";
export type { Probe, ProbeAnswer, ProbeRequest } from "./probe.ts";
export type { WeightChange } from "./state.ts";
export type { HostCounts } from "./targets.ts";

export interface Elbv2Options {
  readonly clock: Clock;
  readonly region: string;
  readonly accountId: string;
  /** Told of every request after its answer ended. */
  readonly onRequest?: (record: RequestRecord) => void;
  /** Told when the number of healthy or unhealthy targets of a group may have changed. */
  readonly onHostCounts?: (counts: HostCounts) => void;
  /** Told when a rule forwards with other weights, and of the first weights of each rule. */
  readonly onWeights?: (change: WeightChange) => void;
  /** How health checks are made; a real HTTP request unless told. */
  readonly probe?: Probe;
  /** Length of one second given by the user (check intervals, deregistration delay), milliseconds; 1000 unless told. */
  readonly second?: number;
  /** Loopback port of a listener's proxy; 0, a free one, unless told. */
  readonly portOf?: (listener: Listener) => number;
  /** How long a target may take to answer, milliseconds; ALB's idle timeout of 60 s unless told. */
  readonly idleTimeoutMilliseconds?: number;
  /** Numbers in [0, 1) that choose among weighted groups; `Math.random` unless told. */
  readonly random?: () => number;
}

/** The simulated Elastic Load Balancing v2: the API, its state, and a real proxy per HTTP listener. */
export interface Elbv2 extends SimulatedService, LoadBalancing, TrafficRoutes {
  createLoadBalancer(settings: LoadBalancerSettings): LoadBalancer;
  createTargetGroup(settings: TargetGroupSettings): TargetGroup;
  /** Resolves when the listener's proxy accepts connections. */
  createListener(settings: ListenerSettings): Promise<Listener>;
  createRule(settings: RuleSettings): Rule;
  modifyRule(change: {
    readonly ruleArn: string;
    readonly actions?: readonly Action[];
    readonly conditions?: readonly Condition[];
  }): Rule;
  /** The rules of a listener in the order they are tried, the default rule last. */
  rules(listenerArn: string): readonly Rule[];
  /** Where a listener really answers; absent for protocols other than HTTP and HTTPS. */
  endpoint(listenerArn: string): Endpoint | undefined;
  /** Every weight a rule has had, oldest first. A listener's ARN means its default rule. */
  weightHistory(ruleOrListenerArn: string): readonly WeightChange[];
  close(): Promise<void>;
}

/** Creates the simulated service. Call `close` to end its proxies and health checks. */
export function createElbv2(options: Elbv2Options): Elbv2 {
  const { clock, region, accountId, probe = httpProbe, portOf = () => 0, second = 1_000 } = options;
  const state = emptyState(
    clock,
    region,
    arnMaker(region, accountId),
    options.onWeights ?? (() => undefined),
  );
  const checks = createHealthChecks({ clock, probe, second, changed: (group) => targets.publish(group) });
  const targets = createTargets(state, checks, second, options.onHostCounts ?? (() => undefined));
  const proxies = new Map<string, ListenerProxy>();

  const doors: ListenerDoors = {
    async open(listener) {
      if (listener.protocol !== "HTTP" && listener.protocol !== "HTTPS") return;
      const proxy = await createProxy({
        clock,
        port: portOf(listener),
        declared: () => ({
          port: listener.port,
          protocol: listener.protocol === "HTTPS" ? "https" : "http",
        }),
        loadBalancerArn: listener.loadBalancerArn,
        rules: () => rulesInOrder(state, listener.arn),
        group: (arn) => state.targetGroups.get(arn),
        targets: (group) => present(state, group),
        onRequest: options.onRequest ?? (() => undefined),
        idleTimeoutMilliseconds: options.idleTimeoutMilliseconds ?? 60_000,
        random: options.random ?? Math.random,
      });
      proxies.set(listener.arn, proxy);
    },
    async close(listenerArn) {
      const proxy = proxies.get(listenerArn);
      proxies.delete(listenerArn);
      await proxy?.close();
    },
  };
  const groupOf = (arn: string) => {
    const group = state.targetGroups.get(arn);
    if (!group) throw faults.targetGroupNotFound();
    return group;
  };

  return {
    name: "elbv2",
    protocols: [
      {
        kind: "query",
        apiVersion: "2015-12-01",
        xmlNamespace: "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/",
      },
    ],
    handlers: {
      ...loadBalancerHandlers(state),
      ...targetGroupHandlers(state),
      ...targetGroupAttributeHandlers(state),
      ...targetHandlers(state, targets),
      ...listenerHandlers(state, doors, targets.routesChanged),
      ...ruleHandlers(state, targets.routesChanged),
      ...tagHandlers(state),
    },
    createLoadBalancer: (settings) => createLoadBalancer(state, settings),
    createTargetGroup: (settings) => createTargetGroup(state, settings),
    async createListener(settings) {
      const listener = createListener(state, settings);
      await doors.open(listener);
      targets.routesChanged();
      return listener;
    },
    createRule(settings) {
      const rule = createRule(state, settings);
      targets.routesChanged();
      return rule;
    },
    modifyRule(change) {
      const rule = modifyRule(state, change);
      targets.routesChanged();
      return rule;
    },
    rules: (listenerArn) => rulesInOrder(state, listenerArn),
    endpoint: (listenerArn) => proxies.get(listenerArn)?.endpoint,
    weightHistory(ruleOrListenerArn) {
      const rule = findRule(state, ruleOrListenerArn);
      return state.weightChanges.filter((change) => change.ruleArn === rule?.arn);
    },
    register: (targetGroupArn, endpoint) => targets.register(groupOf(targetGroupArn), endpoint),
    deregister: (targetGroupArn, endpoint) => targets.deregister(groupOf(targetGroupArn), endpoint),
    health: (targetGroupArn) => targets.health(groupOf(targetGroupArn)),
    targetGroupExists: (targetGroupArn) => state.targetGroups.has(targetGroupArn),
    ruleWeights(ruleOrListenerArn) {
      const rule = findRule(state, ruleOrListenerArn);
      return rule && weightsOf(rule.actions);
    },
    setRuleWeights(ruleOrListenerArn, weights) {
      const rule = findRule(state, ruleOrListenerArn);
      if (!rule) throw faults.ruleNotFound();
      setForwardWeights(state, rule, weights);
      targets.routesChanged();
    },
    targetGroupNamed: (name) => [...state.targetGroups.values()].find((group) => group.name === name)?.arn,
    rulesForwarding: (listenerArn, groups) =>
      rulesInOrder(state, listenerArn)
        .filter((rule) => [...weightsOf(rule.actions).keys()].some((group) => groups.includes(group)))
        .map((rule) => rule.arn),
    async close() {
      checks.close();
      await Promise.all([...proxies.keys()].map((arn) => doors.close(arn)));
    },
  };
}
