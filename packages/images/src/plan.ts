import type { BuildPlan } from "./engine/build-plan.ts";
import type { Labels } from "./labels.ts";
import { parseReference, parseRepository, parseTag, referenceOf, type TaggedImage } from "./reference.ts";

/** What a build is asked for. Paths are absolute. */
export interface ImageRequest {
  readonly images: readonly string[];
  /** Plain tags for every image, or full references that stand for themselves; the commit's SHA when empty. */
  readonly tags: readonly string[];
  readonly sha: string;
  readonly context: string;
  readonly file: string | undefined;
  readonly target: string | undefined;
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly labels: Labels;
  readonly pull: BuildPlan["pull"];
  readonly cache: BuildPlan["cache"];
  readonly push: "push" | "local";
  readonly ifExists: "skip" | "fail" | "overwrite";
}

/**
 * The images a request names, without doubles, in order.
 * @throws ShipError `IMAGE_REFERENCE_INVALID`, also when nothing is named: an image is never pushed without a tag
 */
export function taggedImages(request: Pick<ImageRequest, "images" | "tags" | "sha">): readonly TaggedImage[] {
  const repositories = request.images.map(parseRepository);
  const wanted = request.tags.length > 0 ? request.tags : [request.sha];
  const images = wanted.flatMap((tag) => {
    const whole = parseReference(tag);
    return whole ? [whole] : repositories.map((repository) => ({ repository, tag: parseTag(tag) }));
  });
  const seen = new Map(images.map((image) => [referenceOf(image), image]));
  return [...seen.values()];
}
