import type { Handler } from "../service.ts";
import { faults, read, validationError } from "./faults.ts";
import type { TargetGroup } from "./model.ts";
import type { Elbv2State } from "./state.ts";

interface Attribute {
  readonly initial: string;
  readonly accepts: (value: string) => boolean;
  readonly accepted: string;
}

const seconds = (
  initial: string,
  minimum: number,
  maximum: number,
  alsoZero: "or zero" | "" = "",
): Attribute => ({
  initial,
  accepts: (value) =>
    /^\d+$/.test(value) &&
    ((Number(value) >= minimum && Number(value) <= maximum) || (alsoZero !== "" && value === "0")),
  accepted: `${minimum} to ${maximum} seconds${alsoZero === "" ? "" : ", or 0"}`,
});
const oneOf = (initial: string, ...values: readonly string[]): Attribute => ({
  initial,
  accepts: (value) => values.includes(value),
  accepted: values.join(", "),
});

/**
 * Attributes of an Application Load Balancer's target groups and their ranges
 * (https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupAttribute.html).
 */
const known: Readonly<Record<string, Attribute>> = {
  "deregistration_delay.timeout_seconds": seconds("300", 0, 3_600),
  "stickiness.enabled": oneOf("false", "true", "false"),
  "stickiness.type": oneOf("lb_cookie", "lb_cookie", "app_cookie"),
  "stickiness.lb_cookie.duration_seconds": seconds("86400", 1, 604_800),
  "slow_start.duration_seconds": seconds("0", 30, 900, "or zero"),
  "load_balancing.algorithm.type": oneOf(
    "round_robin",
    "round_robin",
    "least_outstanding_requests",
    "weighted_random",
  ),
  "load_balancing.cross_zone.enabled": oneOf(
    "use_load_balancer_configuration",
    "true",
    "false",
    "use_load_balancer_configuration",
  ),
};

export function initialAttributes(): Map<string, string> {
  return new Map(Object.entries(known).map(([key, attribute]) => [key, attribute.initial]));
}

/** Sets attributes after checking them all. Throws ValidationError and then changes nothing. */
export function putAttributes(group: TargetGroup, changes: ReadonlyMap<string, string>): void {
  for (const [key, value] of changes) {
    const attribute = known[key];
    if (!attribute) throw validationError(`Target group attribute key '${key}' is not recognized`);
    if (!attribute.accepts(value)) {
      throw validationError(`'${value}' is not a valid value for '${key}': it must be ${attribute.accepted}`);
    }
  }
  for (const [key, value] of changes) group.attributes.set(key, value);
}

/** How long a deregistered target keeps draining, seconds. */
export function drainSeconds(group: TargetGroup): number {
  return Number(group.attributes.get("deregistration_delay.timeout_seconds"));
}

/** DescribeTargetGroupAttributes and ModifyTargetGroupAttributes. */
export function targetGroupAttributeHandlers(state: Elbv2State): Record<string, Handler> {
  const find = (arn: string) => {
    const group = state.targetGroups.get(arn);
    if (!group) throw faults.targetGroupNotFound();
    return group;
  };
  const describe = (group: TargetGroup) => ({
    Attributes: [...group.attributes].map(([Key, Value]) => ({ Key, Value })),
  });
  return {
    DescribeTargetGroupAttributes: (input) => describe(find(read.requiredText(input, "TargetGroupArn"))),
    ModifyTargetGroupAttributes(input) {
      const group = find(read.requiredText(input, "TargetGroupArn"));
      const attributes = read.objects(input, "Attributes");
      putAttributes(
        group,
        new Map(
          attributes.map((attribute) => [
            read.requiredText(attribute, "Key"),
            read.text(attribute, "Value") ?? "",
          ]),
        ),
      );
      return describe(group);
    },
  };
}
