import { type Handler, type JsonObject, ServiceFault } from "../service.ts";
import type { EcsContext } from "./context.ts";
import { invalid } from "./faults.ts";
import { objects, requiredText, text, texts } from "./input.ts";
import { lookUpTaskDefinition } from "./state.ts";

const MOST = 50;

/** The `tags` of a request. @throws InvalidParameterException when there are more than 50 or a key is missing */
export function tagsOf(input: JsonObject): JsonObject[] {
  const tags = objects(input, "tags") ?? [];
  if (tags.length > MOST)
    throw invalid(`${tags.length} tags were given; a resource carries at most ${MOST}.`);
  return tags.map((tag) => ({ key: requiredText(tag, "key"), value: text(tag, "value") ?? "" }));
}

function tagged(ecs: EcsContext, arn: string): { tags: JsonObject[] } {
  const cluster = [...ecs.state.clusters.values()].find((candidate) => candidate.arn === arn);
  const definition = arn.includes(":task-definition/") ? lookUpTaskDefinition(ecs.state, arn) : undefined;
  const found = cluster ?? definition ?? ecs.state.services.get(arn) ?? ecs.state.tasks.get(arn);
  if (!found) {
    throw new ServiceFault(
      "InvalidParameterException",
      `The specified resource is not found. (resource ${arn})`,
    );
  }
  return found;
}

export const tagHandlers = (
  ecs: EcsContext,
): Record<"TagResource" | "UntagResource" | "ListTagsForResource", Handler> => ({
  TagResource(input) {
    const resource = tagged(ecs, requiredText(input, "resourceArn"));
    const added = tagsOf(input);
    const keys = new Set(added.map((tag) => tag["key"]));
    const tags = [...resource.tags.filter((tag) => !keys.has(tag["key"])), ...added];
    if (tags.length > MOST)
      throw invalid(`The resource would carry ${tags.length} tags; at most ${MOST} are allowed.`);
    resource.tags = tags;
    return {};
  },
  UntagResource(input) {
    const resource = tagged(ecs, requiredText(input, "resourceArn"));
    const keys = new Set(texts(input, "tagKeys") ?? []);
    resource.tags = resource.tags.filter((tag) => !keys.has(text(tag, "key") ?? ""));
    return {};
  },
  ListTagsForResource(input) {
    return { tags: tagged(ecs, requiredText(input, "resourceArn")).tags };
  },
});
