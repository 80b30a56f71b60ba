import { parseDocument } from "yaml";
import { messageOf, ShipError } from "#ship/kit";
import { problemsOf } from "./check.ts";
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
 * @throws ShipError `DOCUMENT_INVALID` with the path of every key and value that Amazon ECS does not take
 */
export function parseTaskDefinition(text: string, name: string): Fields {
  const document = parseDocument(text, { merge: true });
  const [malformed] = document.errors;
  if (malformed) {
    // The parser's message goes on with an excerpt of several lines.
    const [what = ""] = malformed.message.split(":\n");
    throw new ShipError("DOCUMENT_INVALID", `${name} cannot be parsed: ${what}.`);
  }
  const parsed = resolved(document, name);
  if (!isFields(parsed))
    throw new ShipError("DOCUMENT_INVALID", `${name} holds no object; a task definition is one.`);
  return checkTaskDefinition(unwrap(parsed, name), name);
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

/**
 * A described or parsed task definition as a body for RegisterTaskDefinition.
 * @throws ShipError `DOCUMENT_INVALID`
 */
export function checkTaskDefinition(fields: Fields, name: string): Fields {
  const body = Object.fromEntries(Object.entries(fields).filter(([key]) => !readOnly.has(key)));
  const problems = problemsOf(body, taskDefinitionShape);
  if (problems.length === 0 && typeof body["family"] !== "string") problems.push("family is missing");
  if (problems.length === 0 && !Array.isArray(body["containerDefinitions"]))
    problems.push("containerDefinitions is missing");
  if (problems.length > 0) {
    const rest = problems.length - mostNamed;
    const more = rest > 0 ? `; and ${rest} more` : "";
    throw new ShipError("DOCUMENT_INVALID", `${name}: ${problems.slice(0, mostNamed).join("; ")}${more}.`, {
      details: problems,
    });
  }
  return prune(body, taskDefinitionShape);
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
  return withTags(inner, parsed["tags"]);
}

/** Puts the tags that Describe answers beside a definition into it; `aws:` ones belong to AWS and cannot be given. */
export function withTags(definition: Fields, tags: unknown): Fields {
  if (!Array.isArray(tags)) return definition;
  const own = tags.filter(
    (tag: unknown) => !(isFields(tag) && typeof tag["key"] === "string" && tag["key"].startsWith("aws:")),
  );
  return { ...definition, tags: own };
}
