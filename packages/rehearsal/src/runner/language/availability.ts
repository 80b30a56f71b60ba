/** A function an expression may call, with its number of arguments. */
export interface AvailableFunction {
  readonly name: string;
  readonly minArgs: number;
  readonly maxArgs: number;
}

/** Which contexts and functions an expression may use where it stands. */
export interface Place {
  readonly contexts: readonly string[];
  readonly functions: readonly AvailableFunction[];
}

const hashFiles: AvailableFunction = { name: "hashFiles", minArgs: 1, maxArgs: 255 };
const status = (maxArgs: number): readonly AvailableFunction[] => [
  { name: "success", minArgs: 0, maxArgs },
  { name: "failure", minArgs: 0, maxArgs },
  { name: "always", minArgs: 0, maxArgs: 0 },
  { name: "cancelled", minArgs: 0, maxArgs: 0 },
];
const place = (contexts: readonly string[], functions: readonly AvailableFunction[] = []): Place => ({
  contexts,
  functions,
});

const run = ["github", "inputs", "vars"];
const needs = [...run, "needs"];
const strategy = [...needs, "strategy", "matrix"];
const runner = [...strategy, "steps", "job", "runner", "env"];
const composite = ["github", "inputs", "strategy", "matrix", "steps", "job", "runner", "env"];

/**
 * What is available where, as GitHub's workflow-v1.0 and action-v1.0 schemas have it
 * (the table "Context availability" of the documentation).
 */
export const places = {
  nothing: place([]),
  workflow: place(run),
  workflowEnv: place([...run, "secrets"]),
  workflowOutput: place([...run, "jobs"]),
  jobIf: place(needs, status(255)),
  strategy: place(needs),
  job: place(strategy),
  jobEnv: place([...strategy, "secrets"]),
  jobDefaults: place([...strategy, "env"]),
  jobOutput: place([...runner, "secrets"]),
  environmentUrl: place(runner),
  callInput: place(strategy),
  callSecret: place([...strategy, "secrets"]),
  step: place([...runner, "secrets"], [hashFiles]),
  stepIf: place(runner, [...status(0), hashFiles]),
  actionDefault: place(["github", "strategy", "matrix", "job", "runner"], [hashFiles]),
  actionIf: place(
    ["github", "inputs", "strategy", "matrix", "job", "runner", "env"],
    [...status(0), hashFiles],
  ),
  compositeStep: place(composite, [hashFiles]),
  compositeIf: place(composite, [...status(0), hashFiles]),
  compositeOutput: place(composite),
} as const satisfies Record<string, Place>;
