import type { Clock } from "#ship/kit";
import { forwardedGroups } from "./actions.ts";
import type { ArnMaker } from "./arns.ts";
import { faults } from "./faults.ts";
import type { Action, Listener, LoadBalancer, Rule, TargetGroup } from "./model.ts";

/** The weights a rule forwarded with from `at` (milliseconds since the epoch) on. */
export interface WeightChange {
  readonly at: number;
  readonly ruleArn: string;
  readonly listenerArn: string;
  /** Relative weight by target group ARN. */
  readonly weights: ReadonlyMap<string, number>;
}

/** Everything the simulated Elastic Load Balancing knows, by ARN. */
export interface Elbv2State {
  readonly clock: Clock;
  readonly region: string;
  readonly arns: ArnMaker;
  readonly loadBalancers: Map<string, LoadBalancer>;
  readonly targetGroups: Map<string, TargetGroup>;
  readonly listeners: Map<string, Listener>;
  /** All rules, the listeners' default rules included. */
  readonly rules: Map<string, Rule>;
  readonly tags: Map<string, Map<string, string>>;
  readonly weightChanges: WeightChange[];
  /** Told of each entry of `weightChanges`. */
  readonly onWeights: (change: WeightChange) => void;
}

export function emptyState(
  clock: Clock,
  region: string,
  arns: ArnMaker,
  onWeights: (change: WeightChange) => void,
): Elbv2State {
  return {
    clock,
    region,
    arns,
    loadBalancers: new Map(),
    targetGroups: new Map(),
    listeners: new Map(),
    rules: new Map(),
    tags: new Map(),
    weightChanges: [],
    onWeights,
  };
}

/** A listener's rules in the order they are tried: by priority, the default rule last. */
export function rulesInOrder(state: Elbv2State, listenerArn: string): readonly Rule[] {
  const rank = (rule: Rule) => (rule.priority === "default" ? Number.POSITIVE_INFINITY : rule.priority);
  return [...state.rules.values()]
    .filter((rule) => rule.listenerArn === listenerArn)
    .sort((one, other) => rank(one) - rank(other));
}

/** The rule an ARN means; a listener's ARN means its default rule. */
export function findRule(state: Elbv2State, ruleOrListenerArn: string): Rule | undefined {
  return state.rules.get(ruleOrListenerArn) ?? state.listeners.get(ruleOrListenerArn)?.defaultRule;
}

/** Load balancers with a rule that forwards to the group, whatever the weight. Empty: the group is not in use. */
export function loadBalancersOf(state: Elbv2State, targetGroupArn: string): readonly string[] {
  const arns = new Set<string>();
  for (const rule of state.rules.values()) {
    if (!forwardedGroups(rule.actions).includes(targetGroupArn)) continue;
    const listener = state.listeners.get(rule.listenerArn);
    if (listener) arns.add(listener.loadBalancerArn);
  }
  return [...arns];
}

/** The weights of a list of actions; empty when nothing is forwarded. */
export function weightsOf(actions: readonly Action[]): ReadonlyMap<string, number> {
  const forward = actions.find((action) => action.type === "forward");
  return new Map(forward?.targetGroups.map((group) => [group.targetGroupArn, group.weight]) ?? []);
}

/** Puts actions in force on a rule and remembers a change of weights. Throws TargetGroupNotFound. */
export function putActions(state: Elbv2State, rule: Rule, actions: readonly Action[]): void {
  assertGroupsExist(state, actions);
  const before = state.rules.has(rule.arn) ? weightsOf(rule.actions) : undefined;
  rule.actions = actions;
  state.rules.set(rule.arn, rule);
  const weights = weightsOf(actions);
  if (before && sameWeights(before, weights)) return;
  const change = { at: state.clock.now(), ruleArn: rule.arn, listenerArn: rule.listenerArn, weights };
  state.weightChanges.push(change);
  state.onWeights(change);
}

/** Throws TargetGroupNotFound when an action forwards to a group that does not exist. */
export function assertGroupsExist(state: Elbv2State, actions: readonly Action[]): void {
  if (forwardedGroups(actions).some((arn) => !state.targetGroups.has(arn)))
    throw faults.targetGroupNotFound();
}

function sameWeights(one: ReadonlyMap<string, number>, other: ReadonlyMap<string, number>): boolean {
  return one.size === other.size && [...one].every(([arn, weight]) => other.get(arn) === weight);
}
