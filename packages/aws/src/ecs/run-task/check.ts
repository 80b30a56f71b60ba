import {
  CapacityProviderStrategyItem$,
  ContainerOverride$,
  Tag$,
  TaskManagedEBSVolumeConfiguration$,
} from "@aws-sdk/client-ecs";
import { problemsOf } from "../task-definition/check.ts";
import { textOf } from "../task-definition/members.ts";
import { type Fields, requestShape, type Shape } from "../task-definition/schema.ts";
import type { TaskRequest } from "./request.ts";

const override = requestShape(ContainerOverride$);
const tag = requestShape(Tag$);
const strategyItem = requestShape(CapacityProviderStrategyItem$);
const volume = requestShape(TaskManagedEBSVolumeConfiguration$);

/**
 * What in the documents among the inputs of a one-off task does not fit the API, which the SDK would drop: every unknown
 * key, wrong type and missing member, each with its path.
 */
export function taskProblems(request: TaskRequest): string[] {
  return [
    ...listProblems("run-task-container-overrides", request.containerOverrides, override, "name"),
    ...listProblems("run-task-tags", request.tags, tag, "key"),
    ...listProblems(
      "run-task-capacity-provider-strategy",
      request.capacityProviders ?? [],
      strategyItem,
      "capacityProvider",
    ),
    ...(request.volume ? volumeProblems(request.volume) : []),
    ...doubled(request.containerOverrides),
  ];
}

function listProblems(input: string, items: readonly Fields[], shape: Shape, needed: string): string[] {
  return items.flatMap((item, index) => {
    const place = `${input}[${index}]`;
    const missing = textOf(item, needed) === "" ? [`${place} has no ${needed}, which the API requires`] : [];
    return [...problemsOf(item, shape, place), ...missing];
  });
}

function volumeProblems(document: Fields): string[] {
  const input = "run-task-managed-ebs-volume";
  const missing =
    textOf(document, "roleArn") === "" ? [`${input} has no roleArn, which the API requires`] : [];
  return [...problemsOf(document, volume, input), ...missing];
}

function doubled(overrides: readonly Fields[]): string[] {
  const names = overrides.map((item) => textOf(item, "name"));
  const twice = names.filter((name, index) => name !== "" && names.indexOf(name) !== index);
  return twice.map((name) => `run-task-container-overrides names the container "${name}" twice`);
}
