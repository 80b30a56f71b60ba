import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { places } from "../language/availability.ts";
import { readEntries, readFields, readText, requireField } from "../language/fields.ts";
import { Problems } from "../language/problems.ts";
import { type Entry, parseSource, type SourceNode } from "../language/source.ts";
import { type Condition, compile, compileCondition, type Template } from "../language/templates.ts";
import { ownerComposite, readSteps } from "./read-step.ts";
import type { Step } from "./workflow-model.ts";

export interface ActionInput {
  readonly name: string;
  readonly fallback: Template | undefined;
  readonly deprecation: string | undefined;
}

/** An action's metadata file, read and checked. */
export interface ActionFile {
  readonly name: string;
  /** Folder that holds it, absolute. */
  readonly directory: string;
  readonly inputs: readonly ActionInput[];
  readonly runs: NodeRuns | CompositeRuns;
}

export interface NodeRuns {
  readonly kind: "node";
  readonly main: string;
  readonly pre: string | undefined;
  readonly preCondition: Condition | undefined;
  readonly post: string | undefined;
  readonly postCondition: Condition | undefined;
}

export interface CompositeRuns {
  readonly kind: "composite";
  readonly steps: readonly Step[];
  readonly outputs: readonly { readonly name: string; readonly value: Template }[];
}

/** Path of the metadata file in a folder, or undefined when the folder holds none. */
export function findActionFile(directory: string): string | undefined {
  return ["action.yml", "action.yaml"].map((name) => join(directory, name)).find((path) => existsSync(path));
}

/** Reads the action in `directory`. `label` is how messages call the file. Throws WorkflowError with all problems. */
export function readActionFile(directory: string, path: string, label: string): ActionFile {
  const problems = new Problems();
  const node = parseSource(label, readFileSync(path, "utf8"), problems);
  const action = node && readAction(directory, node, problems);
  problems.throwIfAny();
  if (!action) throw new Error(`${label}: cannot be read`);
  return action;
}

function readAction(directory: string, node: SourceNode, problems: Problems): ActionFile | undefined {
  const known = ["name", "description", "author", "inputs", "outputs", "runs", "branding"];
  const fields = readFields(node, { what: "the action", known }, problems);
  const runs = requireField(fields, "runs", { what: "the action", at: node.at }, problems);
  if (!runs) return undefined;
  const read = readRuns(runs, fields.get("outputs"), problems);
  if (!read) return undefined;
  return {
    name: readText(fields.get("name"), problems) ?? "",
    directory,
    inputs: readInputs(fields.get("inputs"), problems),
    runs: read,
  };
}

function readInputs(entry: Entry | undefined, problems: Problems): readonly ActionInput[] {
  if (!entry) return [];
  return readEntries(entry.value, "inputs", problems).map((input) => {
    const shape = {
      what: `input '${input.key}'`,
      known: ["description", "required", "default", "deprecationMessage", "type"],
    };
    const fields = readFields(input.value, shape, problems);
    const fallback = fields.get("default");
    return {
      name: input.key,
      fallback: fallback && compile(fallback.value, places.actionDefault, problems),
      deprecation: readText(fields.get("deprecationMessage"), problems),
    };
  });
}

function readRuns(
  entry: Entry,
  outputs: Entry | undefined,
  problems: Problems,
): ActionFile["runs"] | undefined {
  const { value } = entry;
  const using = value.kind === "mapping" ? value.entries.find(({ key }) => key === "using") : undefined;
  const runtime = readText(using, problems);
  const owner = { what: "runs", at: entry.at };
  if (runtime === "composite") {
    const fields = readFields(value, { what: "runs", known: ["using", "steps"] }, problems);
    const steps = requireField(fields, "steps", owner, problems);
    if (!steps) return undefined;
    return {
      kind: "composite",
      steps: readSteps(steps, ownerComposite, problems),
      outputs: readOutputs(outputs, problems),
    };
  }
  if (runtime !== "node24") {
    problems.add(
      using?.value.at ?? entry.at,
      `runs.using '${runtime ?? ""}' is not supported by this runner. Supported: node24, composite`,
    );
    return undefined;
  }
  const known = ["using", "main", "pre", "pre-if", "post", "post-if"];
  const fields = readFields(value, { what: "runs", known }, problems);
  const main = readText(requireField(fields, "main", owner, problems), problems);
  const condition = (key: string) => {
    const node = fields.get(key);
    return node && compileCondition(node.value, places.actionIf, problems);
  };
  if (main === undefined) return undefined;
  return {
    kind: "node",
    main,
    pre: readText(fields.get("pre"), problems),
    preCondition: condition("pre-if"),
    post: readText(fields.get("post"), problems),
    postCondition: condition("post-if"),
  };
}

function readOutputs(entry: Entry | undefined, problems: Problems): CompositeRuns["outputs"] {
  if (!entry) return [];
  return readEntries(entry.value, "outputs", problems).flatMap((output) => {
    const what = `output '${output.key}'`;
    const fields = readFields(output.value, { what, known: ["description", "value"] }, problems);
    const value = fields.get("value");
    return value ? [{ name: output.key, value: compile(value.value, places.compositeOutput, problems) }] : [];
  });
}
