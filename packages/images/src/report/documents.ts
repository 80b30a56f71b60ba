import { referenceOf } from "../reference.ts";
import { writeTagsJson } from "../tags/json.ts";
import type { PlannedImage, TagPlan } from "../tags/plan.ts";

/** What stands between the entries of outputs that are lists. */
export interface Separators {
  readonly tags: string;
  readonly labels: string;
  readonly annotations: string;
}

/** The outputs that say what an image is called, under metadata-action's names where it has them. */
export function outputDocuments(
  images: readonly PlannedImage[],
  { version, labels, annotations }: TagPlan,
  separators: Separators,
): Readonly<Record<string, string>> {
  const references = images.map(referenceOf);
  const names = [...new Set(images.map(({ tag }) => tag))];
  return {
    version,
    tags: references.join(separators.tags),
    "tag-names": names.join(separators.tags),
    "tags-json": writeTagsJson({ images }),
    labels: Object.entries(labels)
      .map(([key, value]) => `${key}=${value}`)
      .join(separators.labels),
    annotations: annotations.join(separators.annotations),
    json: JSON.stringify({ tags: references, "tag-names": names, labels, annotations }),
  };
}
