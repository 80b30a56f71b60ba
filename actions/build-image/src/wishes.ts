import { type Separators, secretLookingArguments, type TagPlan, type TagWishes } from "#ship/images";
import type { Environment } from "#ship/kit";
import type { ImageInputs } from "./inputs.ts";

/** What the tag engine is asked for; it reads these inputs itself, since it knows their lines. */
export function tagWishes(inputs: ImageInputs, { variable }: Environment): TagWishes {
  return {
    images: inputs.images ?? "",
    tags: inputs.tags ?? "",
    flavor: inputs.flavor ?? "",
    labels: inputs.labels ?? "",
    annotations: inputs.annotations ?? "",
    shortShaLength: variable("DOCKER_METADATA_SHORT_SHA_LENGTH"),
    annotationLevels: variable("DOCKER_METADATA_ANNOTATIONS_LEVELS"),
  };
}

/** What stands between the entries of outputs that are lists. */
export function separators(inputs: ImageInputs): Separators {
  return {
    tags: inputs["sep-tags"] ?? "\n",
    labels: inputs["sep-labels"] ?? "\n",
    annotations: inputs["sep-annotations"] ?? "\n",
  };
}

/** What the user should know before anything is built. Names only: a value may be a secret. */
export function adviceOn(inputs: ImageInputs, plan: TagPlan): readonly string[] {
  const suspects = secretLookingArguments(inputs["build-args"] ?? {});
  const advice = suspects.map(
    (name) =>
      `The build argument ${name} looks like a secret, and everybody who has the image can read it: use \`secrets\` and \`RUN --mount=type=secret\`.`,
  );
  return [...plan.warnings, ...advice];
}
