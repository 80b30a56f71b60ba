import { ShipError } from "#ship/kit";
import { problemsOf } from "../task-definition/check.ts";
import { isFields } from "../task-definition/schema.ts";
import { configurationProblems } from "./configuration-limits.ts";
import type { JsonFields, ServiceWishes } from "./request.ts";
import { updateShape } from "./shapes.ts";

/**
 * Checks what was asked of the service against the API's own model, before anything is called.
 * @throws ShipError `INPUT_INVALID` with every member that Amazon ECS does not know or take, and the nearest known one
 */
export function checkWishes({ members, configuration }: ServiceWishes): void {
  const problems = [
    ...problemsOf(members, updateShape).map((problem) => `${inputOf(problem)}: ${problem}`),
    ...problemsOf({ deploymentConfiguration: configuration }, updateShape).map(
      (problem) => `deployment-configuration: ${problem}`,
    ),
    ...configurationProblems(configuration),
  ];
  if (problems.length === 0) return;
  const count = problems.length === 1 ? "An input needs" : `${problems.length} inputs need`;
  throw new ShipError("INPUT_INVALID", `${count} a change: ${problems.join("; ")}`, { details: problems });
}

function inputOf(problem: string): string {
  return problem.startsWith("volumeConfigurations") ? "service-managed-ebs-volume or update" : "update";
}

/** Without nulls, at any depth: null means to keep what is there. */
export function withoutNulls(fields: JsonFields): JsonFields {
  const kept = Object.entries(fields).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(kept.map(([key, value]) => [key, isFields(value) ? withoutNulls(value) : value]));
}
