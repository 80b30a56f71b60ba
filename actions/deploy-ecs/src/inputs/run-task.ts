import type { TaskRequest } from "#ship/aws";
import {
  bool,
  containerCommand,
  InputProblem,
  type InputValues,
  int,
  json,
  list,
  oneOf,
  optional,
  type Reader,
  type ReportProblem,
  required,
  text,
} from "#ship/kit";
import {
  checkTaskAction,
  containerName,
  isTaskAction,
  securityGroup,
  subnet,
  taskActionInputs,
} from "./task-action.ts";

/** A parsed JSON object; what its members may be is checked against the API's model. */
type JsonFields = { readonly [key: string]: unknown };

/** The one-off task that runs before the service is updated. */
export const runTaskInputs = {
  "run-task": optional(bool()),
  "run-task-container": optional(containerName),
  "run-task-command": optional(containerCommand()),
  "run-task-container-overrides": optional(objects()),
  "run-task-count": required(int({ min: 1, max: 10 })),
  "run-task-subnets": optional(list(subnet)),
  "run-task-security-groups": optional(list(securityGroup)),
  "run-task-assign-public-IP": optional(oneOf("ENABLED", "DISABLED")),
  "run-task-launch-type": optional(oneOf("EC2", "FARGATE", "EXTERNAL", "MANAGED_INSTANCES")),
  "run-task-capacity-provider-strategy": optional(objects()),
  "run-task-started-by": optional(text(/^\P{C}{1,128}$/u, "up to 128 characters on one line")),
  "run-task-tags": optional(objects()),
  "run-task-managed-ebs-volume": optional(object()),
  "run-task-managed-ebs-volume-name": optional(text(/^[\w-]{1,255}$/, "the name of a volume")),
  "run-task-logs": required(bool()),
  "wait-for-task-stopped": required(bool()),
  ...taskActionInputs,
};
type Values = InputValues<typeof runTaskInputs>;
/** What tasks and services have in common. */
interface Shared {
  readonly cluster: string;
  readonly service: string | undefined;
  readonly "enable-ecs-managed-tags": boolean | undefined;
}

/** The one-off task that is asked for; `undefined` without one. */
export function readRunTask(inputs: Values & Shared): TaskRequest | undefined {
  if (!isTaskAsked(inputs)) return undefined;
  return {
    cluster: inputs.cluster,
    container: inputs["run-task-container"] ?? inputs["override-container"],
    command: inputs["run-task-command"] ?? inputs["override-container-command"],
    environment: inputs["override-container-environment"] ?? {},
    containerOverrides: inputs["run-task-container-overrides"] ?? [],
    count: inputs["run-task-count"],
    subnets: filled(inputs["run-task-subnets"] ?? inputs["subnet-ids"]),
    securityGroups: filled(inputs["run-task-security-groups"] ?? inputs["security-group-ids"]),
    assignPublicIp: inputs["run-task-assign-public-IP"] ?? inputs["assign-public-ip"],
    launchType: launchTypeOf(inputs),
    capacityProviders: filled(inputs["run-task-capacity-provider-strategy"]),
    startedBy: inputs["run-task-started-by"],
    managedTags: inputs["enable-ecs-managed-tags"],
    tags: inputs["run-task-tags"] ?? [],
    volume: isEmpty(inputs["run-task-managed-ebs-volume"])
      ? undefined
      : inputs["run-task-managed-ebs-volume"],
    volumeName: inputs["run-task-managed-ebs-volume-name"],
    after: inputs["wait-for-task-stopped"] && inputs["task-wait-until-stopped"] !== false ? "wait" : "go-on",
    logs: inputs["run-task-logs"] && inputs["tail-logs"] !== false ? "follow" : "none",
    waiting: {
      every: inputs["task-check-state-delay"],
      timeout: longest(inputs["task-start-max-wait-time"], inputs["task-stop-max-wait-time"]),
    },
  };
}

/** True when a one-off task shall run, said by `run-task` or by the inputs of an action that does nothing else. */
export function isTaskAsked(inputs: Values): boolean {
  return inputs["run-task"] ?? isTaskAction(inputs);
}

/** A capacity provider strategy stands in place of a launch type. The other action knows only Fargate. */
function launchTypeOf(inputs: Values & { readonly service: string | undefined }): TaskRequest["launchType"] {
  const launchType = inputs["run-task-launch-type"];
  if (filled(inputs["run-task-capacity-provider-strategy"]) || launchType === "MANAGED_INSTANCES")
    return undefined;
  return launchType ?? (isTaskAction(inputs) && inputs.service === undefined ? "FARGATE" : undefined);
}

/** What a task may take from its start to its end; the time to start alone says nothing about that. */
function longest(start: number | undefined, stop: number | undefined): number | undefined {
  return stop === undefined ? undefined : (start ?? 0) + stop;
}

/** What is given and has no effect. */
export function unusedOfTask(inputs: Values): string[] {
  const isOutvoted =
    isTaskAsked(inputs) &&
    inputs["run-task-launch-type"] !== undefined &&
    filled(inputs["run-task-capacity-provider-strategy"]) !== undefined;
  return isOutvoted
    ? ["`run-task-launch-type` is not used, because `run-task-capacity-provider-strategy` is given."]
    : [];
}

/** Mistakes that only several of these inputs together show. */
export function checkRunTask(inputs: Values, problem: ReportProblem): void {
  if (!isTaskAsked(inputs)) return;
  checkTaskAction(inputs, problem);
  const launchType = inputs["run-task-launch-type"];
  const strategy = filled(inputs["run-task-capacity-provider-strategy"]);
  if (launchType === "MANAGED_INSTANCES" && strategy === undefined)
    problem(
      "run-task-launch-type",
      "Amazon ECS takes MANAGED_INSTANCES only as a capacity provider; name it in `run-task-capacity-provider-strategy`",
    );
  if (strategy !== undefined && strategy.length > 20)
    problem(
      "run-task-capacity-provider-strategy",
      `it has ${strategy.length} providers; at most 20 are accepted`,
    );
  if (
    inputs["run-task-managed-ebs-volume-name"] !== undefined &&
    isEmpty(inputs["run-task-managed-ebs-volume"])
  )
    problem(
      "run-task-managed-ebs-volume",
      `it is empty, so nothing is known of the volume "${inputs["run-task-managed-ebs-volume-name"]}"`,
    );
  if ((inputs["run-task-tags"] ?? []).length > 50)
    problem("run-task-tags", `it has ${inputs["run-task-tags"]?.length} tags; at most 50 are accepted`);
}

/** A list that says something; an empty one is what peers write for none. */
function filled<T>(items: readonly T[] | undefined): readonly T[] | undefined {
  return items === undefined || items.length === 0 ? undefined : items;
}

function isEmpty(document: JsonFields | undefined): boolean {
  return document === undefined || Object.keys(document).length === 0;
}

/** A JSON array of objects. */
function objects(): Reader<readonly JsonFields[]> {
  return json((document) => {
    if (!Array.isArray(document)) throw new Error("it is no JSON array");
    const stranger = document.findIndex((item) => !isObject(item));
    if (stranger >= 0) throw new Error(`its item [${stranger}] is no object`);
    return document as readonly JsonFields[];
  }, 'a JSON array of objects such as [{"key": "value"}]');
}

/** A JSON object. */
function object(): Reader<JsonFields> {
  return json((document) => {
    if (isObject(document)) return document;
    throw new InputProblem("it is no JSON object");
  }, 'a JSON object such as {"key": "value"}');
}

function isObject(value: unknown): value is JsonFields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
