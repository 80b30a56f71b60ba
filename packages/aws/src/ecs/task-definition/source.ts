import { readFile } from "node:fs/promises";
import { type Environment, messageOf, ShipError } from "#ship/kit";
import type { Caller } from "../api/caller.ts";
import { describeTaskDefinition, type Registered } from "../api/task-definitions.ts";
import { type Changes, isEmpty } from "./changes.ts";
import { withChanges } from "./containers.ts";
import { parseTaskDefinition } from "./document.ts";
import type { Fields } from "./schema.ts";

/** Where a task definition comes from: a file, ARN, `family:revision` or family; or surely no file. */
export type DefinitionSource = string | { readonly registered: string };

/** What shall run: a body, and the revision it was made from when it was made from one. */
export interface WantedDefinition {
  readonly body: Fields;
  readonly origin?: Registered;
}

const revisionArn = /^arn:aws[\w-]*:ecs:[^:]+:\d+:task-definition\/[\w-]+(:\d+)?$/;
const familyAndRevision = /^[\w-]{1,255}:\d+$/;
const familyName = /^[\w-]{1,255}$/;

/**
 * Reads what is to be deployed: a file (JSON or YAML, from the workspace), an ARN, `family:revision`, or a family, whose
 * latest ACTIVE revision is meant. A file wins over a family of the same name.
 * @throws ShipError `FILE_UNREADABLE`, `DOCUMENT_INVALID`, `NOT_FOUND`, or `INPUT_INVALID` for an INACTIVE revision
 */
export async function wantedDefinition(
  caller: Caller,
  source: DefinitionSource,
  changes: Changes,
  environment: Environment,
): Promise<WantedDefinition> {
  if (typeof source !== "string") return existing(caller, source.registered, changes);
  if (revisionArn.test(source) || familyAndRevision.test(source)) return existing(caller, source, changes);
  const file = await readText(environment.path(source));
  if ("text" in file)
    return { body: withChanges(parseTaskDefinition(file.text, source, changes.keepEmpty), changes) };
  if (familyName.test(source)) return existing(caller, source, changes);
  throw new ShipError("FILE_UNREADABLE", `task-definition is "${source}": ${file.problem}.`, {
    hint: "Name a file in the workspace, an ARN, family:revision, or a family; check that actions/checkout ran before.",
  });
}

async function existing(caller: Caller, reference: string, changes: Changes): Promise<WantedDefinition> {
  const registered = await describeTaskDefinition(caller, reference);
  if (!registered) {
    throw new ShipError(
      "NOT_FOUND",
      `task-definition is "${reference}", which is neither a file of the workspace nor a task definition of this account and region.${elsewhere(reference, caller.session.region)}`,
    );
  }
  if (registered.status !== "ACTIVE") {
    throw new ShipError(
      "INPUT_INVALID",
      `task-definition is "${reference}", which is ${registered.status}; a service takes ACTIVE revisions only.`,
      { hint: "Name an ACTIVE revision, or give its document as a file so that it is registered anew." },
    );
  }
  const { body } = registered;
  return { body: isEmpty(changes) ? body : withChanges(body, changes), origin: registered };
}

/** The endpoint of one region knows nothing of another. */
function elsewhere(reference: string, region: string): string {
  const [, , , named] = reference.startsWith("arn:") ? reference.split(":") : [];
  return named === undefined || named === region
    ? ""
    : ` It is of the region ${named}, but this run works in ${region}.`;
}

async function readText(path: string): Promise<{ text: string } | { problem: string }> {
  try {
    return { text: await readFile(path, "utf8") };
  } catch (error) {
    return { problem: messageOf(error) };
  }
}
