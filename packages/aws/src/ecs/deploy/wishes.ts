import { problemsOf } from "../task-definition/check.ts";
import { isFields } from "../task-definition/schema.ts";
import { configurationProblems } from "./configuration-limits.ts";
import type { JsonFields, ServiceWishes } from "./request.ts";
import { updateShape } from "./shapes.ts";

/**
 * What was asked of the service and does not fit the API's own model: every member that Amazon ECS does not know or take,
 * with the nearest known one.
 */
export function wishProblems({ members, configuration }: ServiceWishes): string[] {
  return [
    ...problemsOf(members, updateShape).map((problem) => `${inputOf(problem)}: ${problem}`),
    ...problemsOf({ deploymentConfiguration: configuration }, updateShape).map(
      (problem) => `deployment-configuration: ${problem}`,
    ),
    ...configurationProblems(configuration),
  ];
}

function inputOf(problem: string): string {
  return problem.startsWith("volumeConfigurations") ? "service-managed-ebs-volume or update" : "update";
}

/** Without nulls, at any depth: null means to keep what is there. */
export function withoutNulls(fields: JsonFields): JsonFields {
  const kept = Object.entries(fields).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(kept.map(([key, value]) => [key, isFields(value) ? withoutNulls(value) : value]));
}
