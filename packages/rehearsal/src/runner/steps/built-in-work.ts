import type { BuiltInAction } from "../built-in/built-in-action.ts";
import { evaluateTexts } from "../language/expressions.ts";
import type { Template } from "../language/templates.ts";
import { processEnvironment } from "../protocol/environment.ts";
import type { WorkContext, WorkEnd } from "./attempt.ts";

/** Runs a built-in replacement of an action. */
export async function runBuiltIn(
  action: BuiltInAction,
  parameters: Template | undefined,
  actionName: string,
  context: WorkContext,
): Promise<WorkEnd> {
  const { frame, recorder } = context;
  const { run, folders } = frame.job;
  const given = Object.entries(evaluateTexts(parameters, context.scope));
  const outputs = await action({
    inputs: Object.fromEntries(given.map(([name, value]) => [name.toLowerCase(), value])),
    workspace: folders.workspace,
    artifacts: run.artifacts,
    repository: run.origin.repository,
    tree(repository, ref) {
      const own = repository === run.origin.repository;
      const current = [
        undefined,
        run.origin.ref,
        run.origin.ref.replace(/^refs\/(heads|tags)\//, ""),
        run.origin.sha,
      ];
      if (own && current.includes(ref)) return run.origin.directory;
      return run.options.repositories?.[`${repository}@${ref ?? "HEAD"}`];
    },
    environment: processEnvironment(frame.job, context.env, { ...frame.github, action: actionName }, {}),
    cancel: context.cancel,
    log: recorder.log,
  });
  return { outcome: "success", outputs };
}
