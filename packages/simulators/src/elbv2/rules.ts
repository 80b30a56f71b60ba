import type { Handler, JsonObject } from "../service.ts";
import { describeAction, parseActions } from "./actions.ts";
import { describeCondition, parseConditions } from "./conditions.ts";
import { faults, read, validationError } from "./faults.ts";
import type { Action, Condition, Rule } from "./model.ts";
import { page } from "./paging.ts";
import { assertGroupsExist, type Elbv2State, putActions, rulesInOrder } from "./state.ts";
import { parseTags } from "./tags.ts";

/** What a new rule is made of. */
export interface RuleSettings {
  readonly listenerArn: string;
  /** 1–50000; the lowest is tried first. */
  readonly priority: number;
  readonly conditions: readonly Condition[];
  readonly actions: readonly Action[];
  readonly tags?: ReadonlyMap<string, string>;
}

/** Adds a rule to a listener. Throws ListenerNotFound, PriorityInUse or TargetGroupNotFound. */
export function createRule(state: Elbv2State, settings: RuleSettings): Rule {
  const { listenerArn, priority, conditions, actions } = settings;
  if (!state.listeners.has(listenerArn)) throw faults.listenerNotFound();
  if (rulesInOrder(state, listenerArn).some((rule) => rule.priority === priority))
    throw faults.priorityInUse(priority);
  const rule: Rule = { arn: state.arns.rule(listenerArn), listenerArn, priority, conditions, actions };
  putActions(state, rule, actions);
  state.tags.set(rule.arn, new Map(settings.tags));
  return rule;
}

/** Replaces a rule's actions, conditions or both; what is absent stays. Throws RuleNotFound and OperationNotPermitted. */
export function modifyRule(
  state: Elbv2State,
  change: {
    readonly ruleArn: string;
    readonly actions?: readonly Action[];
    readonly conditions?: readonly Condition[];
  },
): Rule {
  const rule = state.rules.get(change.ruleArn);
  if (!rule) throw faults.ruleNotFound();
  if (rule.priority === "default") throw faults.defaultRule(rule.arn, "modified");
  if (change.actions) putActions(state, rule, change.actions);
  if (change.conditions) rule.conditions = change.conditions;
  return rule;
}

/** CreateRule, DescribeRules, ModifyRule, SetRulePriorities and DeleteRule. `routesChanged` is called after each change. */
export function ruleHandlers(state: Elbv2State, routesChanged: () => void): Record<string, Handler> {
  return {
    CreateRule(input) {
      refuseTransforms(input);
      const priority = read.whole(input, "Priority", 1, 50_000);
      if (priority === undefined) throw validationError("A priority must be specified");
      const rule = createRule(state, {
        listenerArn: read.requiredText(input, "ListenerArn"),
        priority,
        conditions: parseConditions(read.objects(input, "Conditions")),
        actions: parseActions(read.objects(input, "Actions")),
        tags: parseTags(read.objects(input, "Tags")),
      });
      routesChanged();
      return { Rules: [describeRule(rule)] };
    },
    DescribeRules(input) {
      const { items, next } = page(selectRules(state, input), input);
      return { Rules: items.map(describeRule), ...next };
    },
    ModifyRule(input) {
      refuseTransforms(input);
      const actions = read.objects(input, "Actions");
      const conditions = read.objects(input, "Conditions");
      const rule = modifyRule(state, {
        ruleArn: read.requiredText(input, "RuleArn"),
        ...(actions.length === 0 ? {} : { actions: parseActions(actions) }),
        ...(conditions.length === 0 ? {} : { conditions: parseConditions(conditions) }),
      });
      routesChanged();
      return { Rules: [describeRule(rule)] };
    },
    SetRulePriorities: (input) => ({ Rules: setPriorities(state, input).map(describeRule) }),
    DeleteRule(input) {
      const rule = state.rules.get(read.requiredText(input, "RuleArn"));
      if (!rule) throw faults.ruleNotFound();
      if (rule.priority === "default") throw faults.defaultRule(rule.arn, "deleted");
      state.rules.delete(rule.arn);
      state.tags.delete(rule.arn);
      routesChanged();
      return {};
    },
  };
}

function refuseTransforms(input: JsonObject): void {
  if (read.objects(input, "Transforms").length > 0) {
    throw faults.invalidConfiguration("Transforms are not simulated: leave them out to rehearse this rule");
  }
}

function selectRules(state: Elbv2State, input: JsonObject): readonly Rule[] {
  const listenerArn = read.text(input, "ListenerArn");
  const ruleArns = read.texts(input, "RuleArns");
  if ((listenerArn === undefined) === (ruleArns.length === 0)) {
    throw validationError("You must specify either listener rule ARNs or a listener ARN");
  }
  if (listenerArn !== undefined) {
    if (!state.listeners.has(listenerArn)) throw faults.listenerNotFound();
    return rulesInOrder(state, listenerArn);
  }
  return ruleArns.map((arn) => {
    const rule = state.rules.get(arn);
    if (!rule) throw faults.ruleNotFound();
    return rule;
  });
}

function setPriorities(state: Elbv2State, input: JsonObject): readonly Rule[] {
  const moves = read.objects(input, "RulePriorities").map((entry) => {
    const rule = state.rules.get(read.requiredText(entry, "RuleArn"));
    if (!rule) throw faults.ruleNotFound();
    if (rule.priority === "default") throw faults.defaultRule(rule.arn, "modified");
    const priority = read.whole(entry, "Priority", 1, 50_000);
    if (priority === undefined) throw validationError("A priority must be specified");
    return { rule, priority };
  });
  const moved = new Set(moves.map((move) => move.rule));
  for (const { rule, priority } of moves) {
    const rivals = rulesInOrder(state, rule.listenerArn).filter((other) => !moved.has(other));
    const twice = moves.filter(
      (move) => move.rule.listenerArn === rule.listenerArn && move.priority === priority,
    );
    if (rivals.some((other) => other.priority === priority) || twice.length > 1)
      throw faults.priorityInUse(priority);
  }
  for (const { rule, priority } of moves) rule.priority = priority;
  return moves.map((move) => move.rule);
}

/** A rule as DescribeRules answers it. */
export function describeRule(rule: Rule): JsonObject {
  return {
    RuleArn: rule.arn,
    Priority: String(rule.priority),
    Conditions: rule.conditions.map(describeCondition),
    Actions: rule.actions.map(describeAction),
    IsDefault: rule.priority === "default",
  };
}

/**
 * Rewrites the weights of a rule's forward action and keeps its other actions and its stickiness.
 * A rule without a forward gets one. Weights are whole, 0–999. Throws TargetGroupNotFound and ValidationError.
 */
export function setForwardWeights(state: Elbv2State, rule: Rule, weights: ReadonlyMap<string, number>): void {
  for (const weight of weights.values()) {
    if (!Number.isInteger(weight) || weight < 0 || weight > 999) {
      throw validationError(`Target group weight '${weight}' must be a whole number between 0 and 999`);
    }
  }
  const targetGroups = [...weights].map(([targetGroupArn, weight]) => ({ targetGroupArn, weight }));
  const kept = rule.actions.filter(
    (action) => action.type !== "forward" && action.type !== "redirect" && action.type !== "fixed-response",
  );
  const before = rule.actions.find((action) => action.type === "forward");
  const forward: Action = {
    ...(before ?? { type: "forward", stickiness: { enabled: false } }),
    targetGroups,
  };
  const actions = [...kept, forward];
  assertGroupsExist(state, actions);
  putActions(state, rule, actions);
}
