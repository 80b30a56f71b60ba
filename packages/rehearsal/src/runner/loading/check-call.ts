import type { CallJob, InputDefinition, WorkflowFile } from "../files/workflow-model.ts";
import type { Problems } from "../language/problems.ts";
import type { Template } from "../language/templates.ts";

/** Checks what a job passes to the workflow it calls, as far as it can be known before the run. */
export function checkCall(job: CallJob, called: WorkflowFile, problems: Problems): void {
  const { call } = called.triggers;
  if (!call) {
    problems.add(job.usesAt, `'${job.uses}' cannot be called: its 'on' has no workflow_call`);
    return;
  }
  checkInputs(job, call.inputs, problems);
  if (job.secrets !== "inherit") checkSecrets(job, call.secrets, job.secrets, problems);
}

function checkInputs(job: CallJob, inputs: readonly InputDefinition[], problems: Problems): void {
  if (job.with && job.with.kind !== "mapping") return;
  const given = job.with?.entries ?? [];
  for (const { key, at, value } of given) {
    const definition = inputs.find(({ name }) => name === key);
    const names = inputs.map(({ name }) => name).join(", ") || "none";
    if (!definition)
      problems.add(at, `invalid input, '${key}' is not defined in '${job.uses}'. Defined: ${names}`);
    else if (
      value.kind === "literal" &&
      definition.type !== "string" &&
      typeof value.value !== definition.type
    ) {
      problems.add(
        at,
        `input '${key}' of '${job.uses}' must be a ${definition.type}, found '${value.value}'`,
      );
    }
  }
  for (const { name, required } of inputs) {
    if (required && !given.some(({ key }) => key === name)) {
      problems.add(job.usesAt, `input '${name}' is required by '${job.uses}' and not given`);
    }
  }
}

function checkSecrets(
  job: CallJob,
  secrets: readonly { readonly name: string; readonly required: boolean }[],
  passed: Template | undefined,
  problems: Problems,
): void {
  const given = passed?.kind === "mapping" ? passed.entries : [];
  const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
  for (const { key, at } of given) {
    const names = secrets.map(({ name }) => name).join(", ") || "none";
    if (!secrets.some(({ name }) => same(name, key))) {
      problems.add(at, `invalid secret, '${key}' is not defined in '${job.uses}'. Defined: ${names}`);
    }
  }
  for (const { name, required } of secrets) {
    if (required && !given.some(({ key }) => same(name, key))) {
      problems.add(job.usesAt, `secret '${name}' is required by '${job.uses}' and not given`);
    }
  }
}
