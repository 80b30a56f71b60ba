import type { Step, UsesWork } from "../files/workflow-model.ts";
import { evaluateText, type Scope } from "../language/expressions.ts";
import type { ResolvedAction } from "../loading/actions.ts";
import type { Frame } from "./frame.ts";
import type { NodeUse } from "./node-work.ts";

/** What a step of a frame becomes when its actions are known: its name for GITHUB_ACTION, and its Node.js action's use. */
export interface PreparedStep {
  readonly step: Step;
  readonly actionName: string;
  /** Kept from `pre` to `post`; absent until the action is found. */
  use: NodeUse | undefined;
  /** Prepared steps inside of a composite action, once it is found. */
  inner: readonly PreparedStep[] | undefined;
}

/** Names the steps as the runner does: the id, or the action with a number where it repeats. */
export function prepareSteps(steps: readonly Step[]): readonly PreparedStep[] {
  const counts = new Map<string, number>();
  return steps.map((step) => {
    const base = step.id ?? generatedName(step);
    const count = (counts.get(base) ?? 0) + 1;
    counts.set(base, count);
    return { step, actionName: count === 1 ? base : `${base}_${count}`, use: undefined, inner: undefined };
  });
}

function generatedName({ work }: Step): string {
  if (work.kind === "run") return "__run";
  if (work.uses.startsWith("./")) return "__self";
  return `__${work.uses
    .replace(/@.*$/, "")
    .replace(/^\$\//, "")
    .replace(/[^a-zA-Z0-9-]+/g, "_")}`;
}

/** The name GitHub shows: the given one, or what it runs. */
export function displayName({ name, work }: Step, scope: Scope): string {
  const given = name && nameText(name, scope);
  if (given) return given;
  if (work.kind === "uses") return `Run ${work.uses}`;
  const script = nameText(work.script, scope) ?? "";
  return `Run ${script.trim().split("\n")[0] ?? ""}`;
}

function nameText(template: Parameters<typeof evaluateText>[0], scope: Scope): string | undefined {
  try {
    return evaluateText(template, scope);
  } catch {
    return undefined;
  }
}

/** The action a step uses, looked up from the frame it stands in. */
export function resolveAction(work: UsesWork, frame: Frame): ResolvedAction {
  const { job } = frame;
  return job.run.actions.resolve(work.uses, frame.origin, job.folders.workspace);
}
