import { type Place, places } from "../language/availability.ts";
import { readFields, readText } from "../language/fields.ts";
import type { Problems } from "../language/problems.ts";
import type { Entry, SourceNode } from "../language/source.ts";
import { compile, compileCondition, type Template } from "../language/templates.ts";
import type { Step } from "./workflow-model.ts";

/** Where the steps stand: it decides which contexts they may use and whether `run` must name its shell. */
export interface StepsOwner {
  readonly what: string;
  readonly value: Place;
  readonly condition: Place;
  readonly shell: "optional" | "required";
}

/** Steps of a workflow's job. */
export function ownerJob(id: string): StepsOwner {
  return { what: `job '${id}'`, value: places.step, condition: places.stepIf, shell: "optional" };
}

/** Steps of a composite action. */
export const ownerComposite: StepsOwner = {
  what: "composite action",
  value: places.compositeStep,
  condition: places.compositeIf,
  shell: "required",
};

const shells = ["bash", "sh"];

/** Reads a list of steps; ids must be unique. */
export function readSteps(entry: Entry, owner: StepsOwner, problems: Problems): readonly Step[] {
  if (entry.value.kind !== "sequence") {
    problems.add(entry.value.at, `steps of ${owner.what}: expected a sequence of steps`);
    return [];
  }
  const steps = entry.value.items.flatMap((item, index) => readStep(item, index, owner, problems) ?? []);
  const seen = new Set<string>();
  for (const step of steps) {
    if (step.id === undefined) continue;
    if (seen.has(step.id.toLowerCase()))
      problems.add(step.at, `the step id '${step.id}' is used twice in ${owner.what}`);
    seen.add(step.id.toLowerCase());
  }
  return steps;
}

function readStep(node: SourceNode, index: number, owner: StepsOwner, problems: Problems): Step | undefined {
  const what = `step ${index + 1} of ${owner.what}`;
  const kind = node.kind === "mapping" && node.entries.some(({ key }) => key === "uses") ? "uses" : "run";
  const fields = readFields(
    node,
    {
      what,
      known: [
        ...["name", "id", "if", "env", "continue-on-error", "timeout-minutes"],
        ...(kind === "uses" ? ["uses", "with"] : ["run", "shell", "working-directory"]),
      ],
      unsupported: ["background", "wait", "wait-all", "cancel", "parallel"],
    },
    problems,
  );
  const template = (key: string): Template | undefined => {
    const entry = fields.get(key);
    return entry && compile(entry.value, owner.value, problems);
  };
  const condition = fields.get("if");
  const id = readText(fields.get("id"), problems);
  if (id !== undefined && !/^[a-z_][a-z0-9_-]*$/i.test(id)) {
    problems.add(
      node.at,
      `the step id '${id}' may hold letters, digits, - and _ only and starts with a letter or _`,
    );
  }
  const work =
    kind === "uses" ? readUses(fields, owner, problems) : readRun(node, fields, what, owner, problems);
  if (!work) return undefined;
  return {
    at: node.at,
    id,
    name: template("name"),
    condition: condition && compileCondition(condition.value, owner.condition, problems),
    env: template("env"),
    continueOnError: template("continue-on-error"),
    timeoutMinutes: template("timeout-minutes"),
    work,
  };
}

function readUses(
  fields: ReadonlyMap<string, Entry>,
  owner: StepsOwner,
  problems: Problems,
): Step["work"] | undefined {
  const entry = fields.get("uses");
  const uses = readText(entry, problems);
  if (!entry || uses === undefined) return undefined;
  if (uses.startsWith("docker://"))
    problems.add(entry.value.at, `'${uses}': container actions are not supported by this runner`);
  const parameters = fields.get("with");
  return {
    kind: "uses",
    uses,
    at: entry.value.at,
    with: parameters && compile(parameters.value, owner.value, problems),
  };
}

function readRun(
  node: SourceNode,
  fields: ReadonlyMap<string, Entry>,
  what: string,
  owner: StepsOwner,
  problems: Problems,
): Step["work"] | undefined {
  const entry = fields.get("run");
  if (!entry) {
    problems.add(node.at, `${what} has neither 'uses' nor 'run'`);
    return undefined;
  }
  const shell = readShell(fields.get("shell"), problems);
  if (shell === undefined && owner.shell === "required" && !fields.has("shell")) {
    problems.add(node.at, `${what} has no 'shell', which 'run' needs in a composite action`);
  }
  const directory = fields.get("working-directory");
  return {
    kind: "run",
    script: compile(entry.value, owner.value, problems),
    shell,
    workingDirectory: directory && compile(directory.value, owner.value, problems),
  };
}

/** Reads a shell this runner has. */
export function readShell(entry: Entry | undefined, problems: Problems): string | undefined {
  const shell = readText(entry, problems);
  if (entry && shell !== undefined && !shells.includes(shell)) {
    problems.add(
      entry.value.at,
      `shell '${shell}' is not supported by this runner. Supported: ${shells.join(", ")}`,
    );
  }
  return shell;
}
