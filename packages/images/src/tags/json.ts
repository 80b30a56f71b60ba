import { referenceOf } from "../reference.ts";
import type { TagPlan } from "./plan.ts";

/**
 * The tags as a JSON array in order, each `{ "tag": "name:tag", "image": "name", "name": "tag", "rule": "type=…" }`: the
 * full reference, its two halves, and the rule that made it as it is written.
 */
export function writeTagsJson({ images }: Pick<TagPlan, "images">): string {
  return JSON.stringify(
    images.map((image) => ({
      tag: referenceOf(image),
      image: image.repository.name,
      name: image.tag,
      rule: image.rule,
    })),
  );
}
