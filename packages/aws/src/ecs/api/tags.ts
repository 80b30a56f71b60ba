import { TagResourceCommand, UntagResourceCommand } from "@aws-sdk/client-ecs";
import { ask, type Caller } from "./caller.ts";

/** Sets tags of a resource; those of the same key are replaced, others stay. */
export async function setTags(
  caller: Caller,
  resourceArn: string,
  tags: Readonly<Record<string, string>>,
): Promise<void> {
  const list = Object.entries(tags).map(([key, value]) => ({ key, value }));
  await ask(caller, "ecs:TagResource", (options) =>
    caller.client.send(new TagResourceCommand({ resourceArn, tags: list }), options),
  );
}

/** Removes tags of a resource; those that it does not carry do not matter. */
export async function removeTags(
  caller: Caller,
  resourceArn: string,
  tagKeys: readonly string[],
): Promise<void> {
  await ask(caller, "ecs:UntagResource", (options) =>
    caller.client.send(new UntagResourceCommand({ resourceArn, tagKeys: [...tagKeys] }), options),
  );
}
