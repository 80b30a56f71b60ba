import type { Handler, JsonObject } from "../service.ts";
import { faults, read } from "./faults.ts";
import type { Elbv2State } from "./state.ts";

/** Reads a list of `{Key, Value}`. */
export function parseTags(inputs: readonly JsonObject[]): ReadonlyMap<string, string> {
  return new Map(inputs.map((tag) => [read.requiredText(tag, "Key"), read.text(tag, "Value") ?? ""]));
}

/** AddTags, RemoveTags and DescribeTags over all kinds of resources. */
export function tagHandlers(state: Elbv2State): Record<string, Handler> {
  return {
    AddTags(input) {
      const arns = taggable(state, input);
      const added = parseTags(read.objects(input, "Tags"));
      for (const arn of arns) {
        const tags = state.tags.get(arn) ?? new Map<string, string>();
        for (const [key, value] of added) tags.set(key, value);
        state.tags.set(arn, tags);
      }
      return {};
    },
    RemoveTags(input) {
      for (const arn of taggable(state, input)) {
        for (const key of read.texts(input, "TagKeys")) state.tags.get(arn)?.delete(key);
      }
      return {};
    },
    DescribeTags: (input) => ({
      TagDescriptions: taggable(state, input).map((arn) => {
        const tags = [...(state.tags.get(arn) ?? [])];
        return {
          ResourceArn: arn,
          ...(tags.length === 0 ? {} : { Tags: tags.map(([Key, Value]) => ({ Key, Value })) }),
        };
      }),
    }),
  };
}

function taggable(state: Elbv2State, input: JsonObject): readonly string[] {
  const arns = read.texts(input, "ResourceArns");
  for (const arn of arns) {
    if (arn.includes(":loadbalancer/") && !state.loadBalancers.has(arn))
      throw faults.loadBalancerNotFound(arn);
    if (arn.includes(":targetgroup/") && !state.targetGroups.has(arn)) throw faults.targetGroupNotFound();
    if (arn.includes(":listener/") && !state.listeners.has(arn)) throw faults.listenerNotFound();
    if (arn.includes(":listener-rule/") && !state.rules.has(arn)) throw faults.ruleNotFound();
  }
  return arns;
}
