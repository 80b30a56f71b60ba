import { places } from "../language/availability.ts";
import {
  describe,
  readBoolean,
  readEntries,
  readFields,
  readText,
  readTexts,
  requireField,
} from "../language/fields.ts";
import type { Problems } from "../language/problems.ts";
import type { Entry } from "../language/source.ts";
import { compile } from "../language/templates.ts";
import type { CallInterface, EventFilters, InputDefinition, InputType, Triggers } from "./workflow-model.ts";

const branchFilters = ["branches", "branches-ignore"];
const pathFilters = ["paths", "paths-ignore"];
const filtersByEvent: Readonly<Record<string, readonly string[]>> = {
  push: [...branchFilters, "tags", "tags-ignore", ...pathFilters],
  pull_request: ["types", ...branchFilters, ...pathFilters],
  pull_request_target: ["types", ...branchFilters, ...pathFilters],
  merge_group: ["types", ...branchFilters],
  workflow_run: ["types", "workflows", ...branchFilters],
};
const plainEvents = [
  ...[
    "create",
    "delete",
    "deployment",
    "deployment_status",
    "fork",
    "gollum",
    "page_build",
    "public",
    "status",
  ],
  ...[
    "branch_protection_rule",
    "check_run",
    "check_suite",
    "discussion",
    "discussion_comment",
    "image_version",
  ],
  ...[
    "issue_comment",
    "issues",
    "label",
    "milestone",
    "project",
    "project_card",
    "project_column",
    "release",
  ],
  ...[
    "pull_request_review",
    "pull_request_review_comment",
    "registry_package",
    "repository_dispatch",
    "watch",
  ],
];
const eventNames = [
  ...Object.keys(filtersByEvent),
  ...plainEvents,
  "schedule",
  "workflow_dispatch",
  "workflow_call",
];
const dispatchTypes: readonly InputType[] = ["string", "boolean", "number", "choice", "environment"];
const callTypes: readonly InputType[] = ["string", "boolean", "number"];

/** Reads `on`: a name, a list of names or a mapping with filters. */
export function readTriggers(entry: Entry, problems: Problems): Triggers {
  const { value, at } = entry;
  const events = new Map<string, EventFilters>();
  let dispatchInputs: readonly InputDefinition[] = [];
  let call: CallInterface | undefined;
  const accept = (name: string, event: Entry | undefined, where: Entry["at"]) => {
    if (!eventNames.includes(name)) {
      problems.add(where, `on: unknown event '${name}'. Known: ${eventNames.join(", ")}`);
      return;
    }
    events.set(name, new Map());
    if (name === "workflow_call") call = readCall(event, problems);
    else if (name === "workflow_dispatch") dispatchInputs = readDispatch(event, problems);
    else if (name === "schedule") readSchedule(event, where, problems);
    else if (event) events.set(name, readFilters(event, problems));
  };
  if (value.kind === "mapping") for (const event of value.entries) accept(event.key, event, event.at);
  else for (const name of readTexts(entry, problems) ?? []) accept(name, undefined, value.at);
  return { at, events, dispatchInputs, call };
}

function readFilters(event: Entry, problems: Problems): EventFilters {
  const known = filtersByEvent[event.key] ?? ["types"];
  const fields = readFields(event.value, { what: `on.${event.key}`, known }, problems);
  for (const [kind, entry] of fields) {
    const other = fields.get(`${kind}-ignore`);
    if (other)
      problems.add(entry.at, `on.${event.key}: '${kind}' and '${kind}-ignore' cannot be used together`);
  }
  return new Map([...fields].map(([key, entry]) => [key, readTexts(entry, problems) ?? []]));
}

function readSchedule(event: Entry | undefined, at: Entry["at"], problems: Problems): void {
  const items = event?.value.kind === "sequence" ? event.value.items : [];
  if (items.length === 0) problems.add(at, "on.schedule: expected a sequence of mappings with 'cron'");
  for (const item of items) {
    const fields = readFields(item, { what: "on.schedule", known: ["cron", "timezone"] }, problems);
    requireField(fields, "cron", { what: "on.schedule", at: item.at }, problems);
  }
}

function readDispatch(event: Entry | undefined, problems: Problems): readonly InputDefinition[] {
  if (!event) return [];
  const fields = readFields(event.value, { what: "on.workflow_dispatch", known: ["inputs"] }, problems);
  return readInputs(fields.get("inputs"), dispatchTypes, problems);
}

function readCall(event: Entry | undefined, problems: Problems): CallInterface {
  if (!event) return { inputs: [], secrets: [], outputs: [] };
  const fields = readFields(
    event.value,
    { what: "on.workflow_call", known: ["inputs", "secrets", "outputs"] },
    problems,
  );
  const secrets = members(fields.get("secrets"), problems).map((secret) => {
    const known = ["description", "required"];
    const members = readFields(secret.value, { what: `secret '${secret.key}'`, known }, problems);
    return { name: secret.key, required: readBoolean(members.get("required"), problems) ?? false };
  });
  const outputs = members(fields.get("outputs"), problems).flatMap((output) => {
    const what = `output '${output.key}'`;
    const members = readFields(output.value, { what, known: ["description", "value"] }, problems);
    const value = requireField(members, "value", { what, at: output.at }, problems);
    return value ? [{ name: output.key, value: compile(value.value, places.workflowOutput, problems) }] : [];
  });
  const inputs = fields.get("inputs");
  for (const input of members(inputs, problems)) {
    const typed = input.value.kind === "mapping" && input.value.entries.some(({ key }) => key === "type");
    if (!typed)
      problems.add(input.at, `input '${input.key}' has no 'type'. Accepted: ${callTypes.join(", ")}`);
  }
  return { inputs: readInputs(inputs, callTypes, problems), secrets, outputs };
}

function members(entry: Entry | undefined, problems: Problems): readonly Entry[] {
  return entry ? readEntries(entry.value, entry.key, problems) : [];
}

function readInputs(
  entry: Entry | undefined,
  types: readonly InputType[],
  problems: Problems,
): readonly InputDefinition[] {
  return members(entry, problems).map((input) => {
    const what = `input '${input.key}'`;
    const known = ["description", "type", "required", "default", "deprecationMessage", "options"];
    const fields = readFields(input.value, { what, known }, problems);
    const named = readText(fields.get("type"), problems);
    const type = types.find((candidate) => candidate === (named ?? "string"));
    if (!type) problems.add(input.at, `${what}: unknown type '${named}'. Accepted: ${types.join(", ")}`);
    const fallback = fields.get("default");
    if (fallback && fallback.value.kind !== "scalar") {
      problems.add(
        fallback.at,
        `${what}: the default must be a ${named ?? "string"}, found ${describe(fallback.value)}`,
      );
    }
    const options = readTexts(fields.get("options"), problems) ?? [];
    if (type === "choice" && options.length === 0)
      problems.add(input.at, `${what}: a choice needs 'options'`);
    return {
      name: input.key,
      at: input.at,
      type: type ?? "string",
      required: readBoolean(fields.get("required"), problems) ?? false,
      fallback: fallback && compile(fallback.value, places.workflow, problems),
      options,
    };
  });
}
