import type { BuiltInAction } from "../runner/index.ts";
import type { TaskPlan } from "../world/index.ts";

/** How the new release gets into the pipeline, and how tasks of both releases run. */
export interface ReleasePlan {
  readonly tasks: TaskPlan;
  /** How the plan is told in the first lines. */
  readonly story: string;
  readonly event: { readonly name: "push" | "workflow_dispatch" };
  /** Of `workflow_dispatch`. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Where images are pushed to; absent when none is built. */
  image?(registry: string): { readonly name: string; readonly buildArguments: string };
  /** What stands for actions that need GitHub, besides the runner's own. */
  readonly builtInActions: Readonly<Record<string, BuiltInAction>>;
  /** Environment of every step, besides the world's. */
  readonly stepEnvironment: Readonly<Record<string, string>>;
  /** Why jobs of this name are skipped. */
  readonly skipped: Readonly<Record<string, string>>;
}
