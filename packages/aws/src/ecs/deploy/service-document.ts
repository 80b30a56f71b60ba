import { readFile } from "node:fs/promises";
import { parseDocument } from "yaml";
import { type Environment, messageOf, ShipError } from "#ship/kit";
import { problemsOf } from "../task-definition/check.ts";
import { type Fields, isFields } from "../task-definition/schema.ts";
import { createShape } from "./shapes.ts";

/** Members that inputs give: the document leaves them out. */
const given: Readonly<Record<string, string>> = {
  cluster: "cluster",
  taskDefinition: "task-definition",
};

/**
 * Reads a CreateService document, JSON or YAML, without cluster and task definition.
 * @param path from the workspace, or absolute
 * @param service the name that it is created by; the document may say it again
 * @throws ShipError `FILE_UNREADABLE`, or `DOCUMENT_INVALID` with the path of every member that Amazon ECS does not take
 */
export async function readServiceDocument(
  path: string,
  service: string,
  environment: Environment,
): Promise<Fields> {
  const text = await readFile(environment.path(path), "utf8").catch((error: unknown) => {
    throw new ShipError("FILE_UNREADABLE", `create-if-missing is "${path}": ${messageOf(error)}.`);
  });
  const fields = parsed(text, path);
  const problems = [
    ...Object.entries(given)
      .filter(([member]) => fields[member] !== undefined && fields[member] !== null)
      .map(([member, input]) => `${member} has no place there; \`${input}\` gives it`),
    ...problemsOf(fields, createShape),
  ];
  const name = fields["serviceName"];
  if (typeof name === "string" && name !== service.split("/").at(-1))
    problems.push(`serviceName is "${name}", but \`service\` is "${service}"`);
  if (problems.length > 0)
    throw new ShipError("DOCUMENT_INVALID", `${path}: ${problems.join("; ")}.`, { details: problems });
  const kept = Object.entries(fields).filter(([, value]) => value !== null);
  return Object.fromEntries(kept);
}

function parsed(text: string, path: string): Fields {
  const document = parseDocument(text, { merge: true });
  const [malformed] = document.errors;
  if (malformed) {
    const [what = ""] = malformed.message.split(":\n");
    throw new ShipError("DOCUMENT_INVALID", `${path} cannot be parsed: ${what}.`);
  }
  let content: unknown;
  try {
    content = document.toJS();
  } catch (error) {
    throw new ShipError("DOCUMENT_INVALID", `${path} cannot be parsed: ${messageOf(error)}.`);
  }
  if (!isFields(content))
    throw new ShipError("DOCUMENT_INVALID", `${path} holds no object; a service document is one.`);
  return content;
}
