import type { Step } from "../files/workflow-model.ts";
import { evaluateTexts } from "../language/expressions.ts";
import type { Condition } from "../language/templates.ts";
import { attempt, type Task } from "./attempt.ts";
import { compositeFrame } from "./composite-frame.ts";
import { type Frame, scopeOf, worsen } from "./frame.ts";
import { type NodeUse, runNode } from "./node-work.ts";
import { displayName, type PreparedStep, prepareSteps, resolveAction } from "./prepared-step.ts";
import { runRecorded } from "./recorded-step.ts";

/** What `pre-if` and `post-if` are unless told. */
const always: Condition = {
  template: { kind: "literal", at: { file: "", line: 1, column: 1 }, value: true },
  asksStatus: true,
};

/**
 * Runs every `pre` before the first step of the job, those inside of composite actions too.
 * Actions of the workspace have none: they are not there yet.
 */
export async function runPres(steps: readonly PreparedStep[], frame: Frame): Promise<void> {
  for (const prepared of steps) {
    const { step } = prepared;
    if (step.work.kind !== "uses" || step.work.uses.startsWith("./")) continue;
    const found = resolveAction(step.work, frame);
    if (found.kind !== "file" || found.local) continue;
    const { runs } = found.action;
    if (runs.kind === "composite") {
      prepared.inner = prepareSteps(runs.steps);
      const use = {
        found,
        runs,
        with: step.work.with,
        steps: prepared.inner,
        actionName: prepared.actionName,
      };
      const env = evaluateTexts(step.env, scopeOf(frame));
      await runPres(
        prepared.inner,
        compositeFrame(use, { frame, scope: scopeOf(frame, env), env, cancel: frame.cancel }),
      );
      continue;
    }
    prepared.use = { found, runs, with: step.work.with, actionName: prepared.actionName, state: new Map() };
    if (runs.pre === undefined) continue;
    registerPost(prepared.use, step, frame);
    await runPhase(prepared.use, "pre", step, frame);
  }
}

/** Puts the action's `post`, if it has one, on the job's list; once, whether `pre` or `main` came first. */
export function registerPost(use: NodeUse, step: Step, frame: Frame): void {
  const { job } = frame;
  if (use.runs.post === undefined || job.posts.some(({ owner }) => owner === use)) return;
  const name = displayName(step, scopeOf(frame));
  job.posts.push({
    owner: use,
    name,
    run: () => runPhase(use, "post", step, { ...frame, status: job.status, cancel: job.cancel }),
  });
}

/** Runs the registered posts, the last first. */
export async function runPosts(frame: Frame): Promise<void> {
  const { posts } = frame.job;
  for (let post = posts.pop(); post; post = posts.pop()) await post.run();
}

async function runPhase(use: NodeUse, phase: "pre" | "post", step: Step, frame: Frame): Promise<void> {
  const { job } = frame;
  const label = phase === "pre" ? "Pre" : "Post";
  const name = `${label} ${displayName(step, scopeOf(frame))}`;
  const condition = phase === "pre" ? use.runs.preCondition : use.runs.postCondition;
  const task: Task = {
    name,
    condition: condition ?? always,
    env: step.env,
    timeoutMinutes: undefined,
    continueOnError: step.continueOnError,
    work: (context) => runNode(use, phase, context),
  };
  const end = await runRecorded(job, { name, id: undefined, phase }, (recorder) =>
    attempt(task, frame, recorder),
  );
  worsen(job.status, end.conclusion);
}
