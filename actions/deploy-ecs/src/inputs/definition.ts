import type { DeployRequest } from "#ship/aws";
import { type InputValues, keyValues, optional, type ReportProblem, required, text } from "#ship/kit";

/** What shall run: where the task definition comes from, and what is put into it. */
export const definitionInputs = {
  "task-definition": required(text()),
  "container-name": optional(text(/^[\w-]{1,255}$/, "the name of a container")),
  image: optional(text(/^\S+$/, "an image reference without blanks")),
  images: optional(keyValues()),
  "environment-variables": optional(keyValues()),
};
type Values = InputValues<typeof definitionInputs>;

/** The part of the request that says what shall run. */
export function readDefinition(inputs: Values): Pick<DeployRequest, "taskDefinition" | "changes"> {
  const { "container-name": container, image, "environment-variables": variables } = inputs;
  const images = new Map(Object.entries(inputs.images ?? {}).map(([name, value]) => [name, value.trim()]));
  if (container !== undefined && image !== undefined) images.set(container, image);
  const environment =
    container !== undefined && variables !== undefined ? new Map([[container, variables]]) : new Map();
  return { taskDefinition: inputs["task-definition"], changes: { images, environment } };
}

/** Mistakes that only several of these inputs together show. */
export function checkDefinition(inputs: Values, problem: ReportProblem): void {
  const { "container-name": container, image, "environment-variables": variables, images = {} } = inputs;
  if (image !== undefined && container === undefined)
    problem("container-name", "it is empty, so `image` has no container to go to");
  if (variables !== undefined && container === undefined)
    problem("container-name", "it is empty, so `environment-variables` have no container to go to");
  if (image !== undefined && container !== undefined && container in images)
    problem("images", `it names the container "${container}", which has an \`image\` already`);
  for (const [name, value] of Object.entries(images))
    if (value.trim() === "") problem("images", `the container "${name}" has no image`);
}
