import type { Action, TargetGroupTuple } from "@aws-sdk/client-elastic-load-balancing-v2";
import { ShipError } from "#ship/kit";
import type { GroupWeights } from "./weights.ts";

/** The target groups of a split, by ARN. */
export interface SplitGroups {
  readonly stable: string;
  readonly canary: string;
}

/**
 * The weights of the two groups in a rule's actions; a group that the rule does not name has weight 0.
 * @param where the rule or listener, for messages
 * @throws ShipError `TARGET_AMBIGUOUS` when the rule forwards elsewhere too, or to neither
 */
export function readWeights(actions: readonly Action[], groups: SplitGroups, where: string): GroupWeights {
  const tuples = forwardedTo(actions, where);
  const weightOf = (arn: string) => tuples.find((tuple) => tuple.TargetGroupArn === arn)?.Weight ?? 0;
  const others = tuples.filter(
    (tuple) => !Object.values(groups).includes(tuple.TargetGroupArn ?? "") && (tuple.Weight ?? 0) > 0,
  );
  const weights = { stable: weightOf(groups.stable), canary: weightOf(groups.canary) };
  const problem =
    others.length > 0
      ? `also forwards to ${others.map((tuple) => tuple.TargetGroupArn).join(", ")}`
      : `forwards to neither ${groups.stable} nor ${groups.canary}`;
  if (others.length > 0 || weights.stable + weights.canary === 0) {
    throw new ShipError("TARGET_AMBIGUOUS", `${where} ${problem}; a split needs exactly these two groups.`, {
      hint: "Check the target groups given, or bring one of them to 100 % by hand, then run again.",
    });
  }
  return weights;
}

/**
 * The whole list of actions with only the weights of the two groups changed: authentication, order and stickiness stay,
 * because ModifyRule and ModifyListener replace the list (Elastic Load Balancing API reference).
 */
export function withWeights(
  actions: readonly Action[],
  groups: SplitGroups,
  weights: GroupWeights,
): readonly Action[] {
  return actions.map((action) => {
    if (action.Type !== "forward") return keepSecret(action);
    const { TargetGroupArn: _single, ForwardConfig: config, ...rest } = action;
    const others = tuplesOf(action).filter(
      (tuple) => !Object.values(groups).includes(tuple.TargetGroupArn ?? ""),
    );
    return {
      ...rest,
      ForwardConfig: {
        ...config,
        TargetGroups: [
          { TargetGroupArn: groups.stable, Weight: weights.stable },
          { TargetGroupArn: groups.canary, Weight: weights.canary },
          ...others,
        ],
      },
    };
  });
}

/** Seconds for which target group stickiness binds a visitor to one group; `undefined` when it is off. */
export function stickySeconds(actions: readonly Action[]): number | undefined {
  const config = actions.find((action) => action.Type === "forward")?.ForwardConfig
    ?.TargetGroupStickinessConfig;
  return config?.Enabled === true ? (config.DurationSeconds ?? 0) : undefined;
}

function forwardedTo(actions: readonly Action[], where: string): readonly TargetGroupTuple[] {
  const forward = actions.find((action) => action.Type === "forward");
  if (!forward) {
    const types = actions.map((action) => action.Type).join(", ");
    throw new ShipError("TARGET_AMBIGUOUS", `${where} has no forward action (it has ${types || "none"}).`, {
      hint: "Give the rule, or the listener, that forwards to the two target groups.",
    });
  }
  return tuplesOf(forward);
}

function tuplesOf(forward: Action): readonly TargetGroupTuple[] {
  const tuples = forward.ForwardConfig?.TargetGroups ?? [];
  if (tuples.length > 0) return tuples.map((tuple) => ({ ...tuple, Weight: tuple.Weight ?? 1 }));
  return forward.TargetGroupArn === undefined ? [] : [{ TargetGroupArn: forward.TargetGroupArn, Weight: 1 }];
}

/** Describe calls leave an OIDC client secret out; the API takes the stored one when told to. */
function keepSecret(action: Action): Action {
  const config = action.AuthenticateOidcConfig;
  if (!config) return action;
  return { ...action, AuthenticateOidcConfig: { ...config, UseExistingClientSecret: true } };
}
