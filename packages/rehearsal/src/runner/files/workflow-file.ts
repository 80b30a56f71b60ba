import { basename } from "node:path";
import { places } from "../language/availability.ts";
import { readFields, readText, requireField } from "../language/fields.ts";
import type { Problems } from "../language/problems.ts";
import { parseSource } from "../language/source.ts";
import { compile } from "../language/templates.ts";
import { readPermissions } from "./permissions.ts";
import { readDefaults, readJobs } from "./read-job.ts";
import { readTriggers } from "./read-triggers.ts";
import type { WorkflowFile } from "./workflow-model.ts";

/**
 * Reads a workflow file completely: keys, types, expressions and what they refer to.
 * `file` is how messages call it. Undefined when it is too broken to go on; all reasons are in `problems`.
 */
export function readWorkflowFile(file: string, text: string, problems: Problems): WorkflowFile | undefined {
  const node = parseSource(file, text, problems);
  if (!node) return undefined;
  if (node.kind !== "mapping") {
    problems.add(node.at, "a workflow is a mapping with 'on' and 'jobs'");
    return undefined;
  }
  const known = [
    "name",
    "run-name",
    "on",
    "env",
    "defaults",
    "permissions",
    "concurrency",
    "jobs",
    "description",
  ];
  const fields = readFields(node, { what: "the workflow", known }, problems);
  const owner = { what: "the workflow", at: node.at };
  const on = requireField(fields, "on", owner, problems);
  const jobs = requireField(fields, "jobs", owner, problems);
  if (!on || !jobs) return undefined;
  const runName = fields.get("run-name");
  const env = fields.get("env");
  const permissions = fields.get("permissions");
  const concurrency = fields.get("concurrency");
  return {
    file,
    name: readText(fields.get("name"), problems) ?? basename(file),
    runName: runName && compile(runName.value, places.workflow, problems),
    triggers: readTriggers(on, problems),
    env: env && compile(env.value, places.workflowEnv, problems),
    defaults: readDefaults(fields.get("defaults"), places.nothing, problems),
    permissions: permissions && readPermissions(permissions.value, problems),
    concurrency: concurrency && compile(concurrency.value, places.workflow, problems),
    jobs: readJobs(jobs.value, problems),
  };
}
