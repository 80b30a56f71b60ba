import { randomUUID } from "node:crypto";
import type { ValueMapping } from "../language/value.ts";
import { runProcess } from "../processes/process.ts";
import { createCommandFiles } from "../protocol/command-files.ts";
import { commandReader } from "../protocol/commands.ts";
import { processEnvironment } from "../protocol/environment.ts";
import type { WorkContext } from "./attempt.ts";

/** One process of a step. */
export interface StepProcess {
  readonly program: string;
  readonly parameters: readonly string[];
  readonly directory: string;
  /** Members of the `github` context of this step alone. */
  readonly github: ValueMapping;
  /** INPUT_ and STATE_ variables. */
  readonly special: Readonly<Record<string, string>>;
}

export interface StepProcessEnd {
  readonly outcome: "success" | "failure";
  readonly exitCode: number;
  readonly outputs: Readonly<Record<string, string>>;
  readonly state: ReadonlyMap<string, string>;
}

/**
 * Runs a process of a step: its output is read for commands, and what it wrote to its command files takes effect
 * on the job when it has ended.
 */
export async function execute(context: WorkContext, step: StepProcess): Promise<StepProcessEnd> {
  const { frame, recorder } = context;
  const { job } = frame;
  const files = createCommandFiles(job.folders.commands, randomUUID());
  let failed = false;
  const onLine = commandReader({
    log: recorder.log,
    annotate: recorder.annotate,
    fail: () => {
      failed = true;
    },
    masker: job.masker,
    debug: job.debug,
  });
  const environment = processEnvironment(job, context.env, { ...frame.github, ...step.github }, step.special);
  const exitCode = await runProcess({
    program: step.program,
    parameters: step.parameters,
    directory: step.directory,
    environment: { ...environment, ...files.variables },
    groups: job.groups,
    clock: job.run.clock,
    timings: job.run.timings,
    cancel: context.cancel,
    die: job.die,
    onLine,
    onStart: job.run.options.onProcess,
  });
  const effects = files.collect();
  for (const error of effects.errors) recorder.error(error);
  for (const [name, value] of effects.env) job.env.set(name, value);
  job.paths.unshift(...[...effects.paths].reverse());
  recorder.summarize(effects.summary);
  return {
    outcome: exitCode === 0 && !failed && !effects.failed ? "success" : "failure",
    exitCode,
    outputs: Object.fromEntries(effects.outputs),
    state: effects.state,
  };
}
