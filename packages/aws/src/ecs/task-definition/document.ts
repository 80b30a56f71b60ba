import { parseDocument } from "yaml";
import { messageOf, ShipError } from "#ship/kit";
import { problemsOf } from "./check.ts";
import { containersOf, textOf } from "./members.ts";
import { prune } from "./prune.ts";
import { type Fields, isFields, taskDefinitionShape } from "./schema.ts";

/** Members that Describe answers and Register does not take (API reference, TaskDefinition; `deleteRequestedAt` included). */
const readOnly = new Set([
  "taskDefinitionArn",
  "revision",
  "status",
  "requiresAttributes",
  "compatibilities",
  "registeredAt",
  "deregisteredAt",
  "deleteRequestedAt",
  "registeredBy",
]);
/** What surrounds a task definition in an answer of DescribeTaskDefinition. */
const envelope = new Set(["taskDefinition", "tags", "failures", "ResponseMetadata", "$metadata"]);

/**
 * Reads the text of a task definition file, JSON or YAML, into a body for RegisterTaskDefinition.
 * An answer of Describe is unwrapped with its tags, and members that only Describe knows are dropped.
 * @param name how the file is called in messages
 * @param keepEmpty members whose empty values stay
 * @throws ShipError `DOCUMENT_INVALID` with the path of every key and value that Amazon ECS does not take
 */
export function parseTaskDefinition(text: string, name: string, keepEmpty?: ReadonlySet<string>): Fields {
  const document = parseDocument(text, { merge: true });
  // A tag such as !Ref is only warned about, and what it stands for would be taken for a text.
  const [malformed] = [...document.errors, ...document.warnings];
  if (malformed) {
    // The parser's message goes on with an excerpt of several lines.
    const [what = ""] = malformed.message.split(":\n");
    const hint =
      malformed.code === "MULTIPLE_DOCS" ? { hint: "Give each document a file of its own." } : undefined;
    throw new ShipError("DOCUMENT_INVALID", `${name} cannot be parsed: ${what}.`, hint);
  }
  const parsed = resolved(document, name);
  if (parsed === null || parsed === undefined)
    throw new ShipError("DOCUMENT_INVALID", `${name} is empty; a task definition is an object.`);
  if (!isFields(parsed))
    throw new ShipError("DOCUMENT_INVALID", `${name} holds no object; a task definition is one.`);
  return checkTaskDefinition(unwrap(withoutExtensions(parsed), name), name, keepEmpty);
}

/** The place for YAML anchors: members at the top called `x-…`, as Compose has them, which are nobody else's. */
function withoutExtensions(parsed: Fields): Fields {
  return Object.fromEntries(Object.entries(parsed).filter(([key]) => !key.startsWith("x-")));
}

/** The document with its aliases put in. The parser refuses the few lines that would grow into gigabytes. */
function resolved(document: ReturnType<typeof parseDocument>, name: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    throw new ShipError("DOCUMENT_INVALID", `${name} cannot be parsed: ${messageOf(error)}.`, {
      hint: "Write out what its YAML aliases repeat.",
    });
  }
}

/** Problems that a message names; all of them stand in the details. */
const mostNamed = 20;

/** What Describe answers as a body for RegisterTaskDefinition. It is not checked: whatever it is, Amazon ECS has it. */
export function describedBody(taskDefinition: Fields, tags: unknown): Fields {
  return prune(registrable(withTags(taskDefinition, tags)), taskDefinitionShape);
}

function registrable(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([key]) => !readOnly.has(key)));
}

/**
 * A parsed task definition as a body for RegisterTaskDefinition.
 * @throws ShipError `DOCUMENT_INVALID`
 */
function checkTaskDefinition(fields: Fields, name: string, keepEmpty?: ReadonlySet<string>): Fields {
  const body = registrable(fields);
  const problems = problemsOf(body, taskDefinitionShape);
  if (problems.length === 0) problems.push(...omissions(body));
  if (problems.length > 0) {
    const rest = problems.length - mostNamed;
    const more = rest > 0 ? `; and ${rest} more` : "";
    throw new ShipError("DOCUMENT_INVALID", `${name}: ${problems.slice(0, mostNamed).join("; ")}${more}.`, {
      details: problems,
    });
  }
  return prune(body, taskDefinitionShape, keepEmpty);
}

/** What no task definition can do without (API reference, RegisterTaskDefinition). */
function omissions(body: Fields): string[] {
  const family = textOf(body, "family");
  const containers = containersOf(body);
  const names = containers.map((container) => textOf(container, "name"));
  const twice = names.filter((name, index) => name !== "" && names.indexOf(name) < index);
  return [
    ...(family === "" ? ["family is missing"] : []),
    ...(family === "" || /^[\w-]{1,255}$/.test(family)
      ? []
      : [`family is "${family}"; it must be 1 to 255 letters, digits, hyphens and underscores`]),
    ...(containers.length === 0 ? ["containerDefinitions is missing or empty"] : []),
    ...names.flatMap((name, index) =>
      name === "" ? [`containerDefinitions[${index}].name is missing`] : [],
    ),
    ...[...new Set(twice)].map((name) => `containerDefinitions names ${name} twice`),
  ];
}

function unwrap(parsed: Fields, name: string): Fields {
  const inner = parsed["taskDefinition"];
  if (!isFields(inner)) return parsed;
  const strangers = Object.keys(parsed).filter((key) => !envelope.has(key));
  if (strangers.length > 0) {
    throw new ShipError(
      "DOCUMENT_INVALID",
      `${name}: ${strangers.join(", ")} stands beside taskDefinition, where only tags may; move it inside or remove it.`,
    );
  }
  const problems = problemsOf({ tags: parsed["tags"] }, taskDefinitionShape);
  if (problems.length > 0) throw new ShipError("DOCUMENT_INVALID", `${name}: ${problems.join("; ")}.`);
  return withTags(inner, parsed["tags"]);
}

/**
 * Puts the tags that Describe answers beside a definition into it, to those that it holds itself; `aws:` ones belong to AWS
 * and cannot be given.
 */
function withTags(definition: Fields, tags: unknown): Fields {
  if (!Array.isArray(tags) || tags.length === 0) return definition;
  const beside = tags.filter((tag: unknown) => !(isFields(tag) && textOf(tag, "key").startsWith("aws:")));
  const { tags: inside } = definition;
  if (!Array.isArray(inside)) return { ...definition, tags: beside };
  const keys = new Set(beside.filter(isFields).map((tag) => textOf(tag, "key")));
  const others = inside.filter((tag: unknown) => !(isFields(tag) && keys.has(textOf(tag, "key"))));
  return { ...definition, tags: [...others, ...beside] };
}
