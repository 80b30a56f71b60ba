import { closest } from "fastest-levenshtein";
import { ShipError } from "#ship/kit";
import { type Changes, changed } from "./changes.ts";
import { containersOf, fieldsOf, listOf, textOf } from "./members.ts";
import type { Fields } from "./schema.ts";

/**
 * Puts images, variables, secrets, roles and the rest into a body, and sees that it can be registered then.
 * @throws ShipError `INPUT_INVALID` when a container is named that the definition does not have, `DOCUMENT_INVALID` when a
 *   container is left without an image, with a placeholder for one, or with what the API refuses to have together
 */
export function withChanges(body: Fields, changes: Changes): Fields {
  requireContainers(body, [...changes.containers.keys()]);
  const containers = containersOf(body).map((container) => {
    const own = changes.containers.get(textOf(container, "name"));
    return own === undefined ? container : changed(container, own);
  });
  const after = {
    ...body,
    ...(changes.taskRole !== undefined && { taskRoleArn: changes.taskRole }),
    ...(changes.executionRole !== undefined && { executionRoleArn: changes.executionRole }),
    containerDefinitions: containers,
  };
  requireRunnable(after);
  return after;
}

function requireContainers(body: Fields, wanted: readonly string[]): void {
  const names = containersOf(body).map((container) => textOf(container, "name"));
  const strangers = wanted.filter((name) => !names.includes(name));
  const [stranger] = strangers;
  if (stranger === undefined) return;
  const nearest = names.length > 1 ? ` The nearest to "${stranger}" is "${closest(stranger, names)}".` : "";
  throw new ShipError(
    "INPUT_INVALID",
    `The task definition ${textOf(body, "family")} has no container ${strangers.join(", ")}; its containers are ${names.join(", ")}.${nearest}`,
    { hint: "Name one of its containers in `container-name` or `images`." },
  );
}

/** What an image reference is written with (API reference, ContainerDefinition image; `@` and `+` for digests). */
const imageReference = /^[\w.:/#@+-]+$/;

/** What the API would refuse only once everything else has been read. */
function requireRunnable(body: Fields): void {
  const problems = containersOf(body).flatMap((container) => {
    const name = textOf(container, "name");
    return [
      ...imageProblems(name, textOf(container, "image")),
      ...nameProblems(name, container),
      ...logProblems(name, container),
    ];
  });
  if (problems.length > 0)
    throw new ShipError("DOCUMENT_INVALID", `${textOf(body, "family")}: ${problems.join("; ")}.`, {
      details: problems,
    });
}

function imageProblems(container: string, image: string): string[] {
  if (image === "")
    return [
      `the container ${container} has no image; give it in the document, in \`image\` or in \`images\``,
    ];
  if (imageReference.test(image)) return [];
  return [
    `the image of the container ${container} is "${image}", which is a placeholder or no image reference; give the image in \`image\` or in \`images\``,
  ];
}

function nameProblems(container: string, definition: Fields): string[] {
  const variables = new Set(listOf(definition, "environment").map((entry) => textOf(entry, "name")));
  return listOf(definition, "secrets")
    .map((entry) => textOf(entry, "name"))
    .filter((name) => variables.has(name))
    .map((name) => `the container ${container} has ${name} both as a variable and as a secret`);
}

function logProblems(container: string, definition: Fields): string[] {
  const logging = fieldsOf(definition, "logConfiguration");
  return Object.keys(logging).length === 0 || textOf(logging, "logDriver") !== ""
    ? []
    : [
        `the container ${container} has log options but no log driver; give it in \`log-configuration-log-driver\``,
      ];
}
