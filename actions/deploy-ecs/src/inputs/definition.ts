import type { ContainerChanges, DeployRequest } from "#ship/aws";
import {
  containerCommand,
  type InputValues,
  int,
  keyValues,
  lines,
  list,
  oneOf,
  optional,
  type Reader,
  type ReportProblem,
  text,
} from "#ship/kit";
import { role } from "./readers.ts";

const container = text(/^[\w-]{1,255}$/, "the name of a container");
/** The drivers of the API (LogConfiguration), and `logentries`, which only agents of the user's own know. */
const logDrivers = [
  "awslogs",
  "awsfirelens",
  "fluentd",
  "gelf",
  "journald",
  "json-file",
  "splunk",
  "syslog",
  "logentries",
] as const;

/** What shall run: where the task definition comes from, and what is put into it. */
export const definitionInputs = {
  "task-definition": optional(text()),
  "task-definition-arn": optional(
    text(
      /^arn:aws[\w-]*:ecs:[\w-]+:\d{12}:task-definition\/[\w-]+(:\d+)?$/,
      "the ARN of a task definition, such as arn:aws:ecs:eu-central-1:123456789012:task-definition/shop:7",
    ),
  ),
  "task-definition-family": optional(text(/^[\w-]{1,255}$/, "the name of a family")),
  "task-definition-revision": optional(int({ min: 1 })),
  "container-name": optional(list(container)),
  image: optional(text(/^\S+$/, "an image reference without blanks")),
  images: optional(keyValues()),
  "environment-variables": optional(keyValues()),
  secrets: optional(keyValues()),
  "env-files": optional(objects()),
  "docker-labels": optional(keyValues()),
  "log-configuration-log-driver": optional(oneOf(...logDrivers)),
  "log-configuration-options": optional(keyValues()),
  command: optional(containerCommand()),
  "task-role-arn": optional(role),
  "execution-role-arn": optional(role),
  "keep-null-value-keys": optional(list(text(/^\w+$/, "the name of a key"))),
};
type Values = InputValues<typeof definitionInputs>;

/** ARNs of objects in Amazon S3, by lines or commas; the name of an object may hold a comma too. */
function objects(): Reader<readonly string[]> {
  const arns = lines(
    text(/^arn:aws[\w-]*:s3:.+$/, "the ARN of an object such as arn:aws:s3:::bucket/shop.env"),
  );
  return { accepts: arns.accepts, read: (raw) => arns.read(raw.replaceAll(/,\s*(?=arn:|$)/gm, "\n")) };
}

/** Inputs that say what is put into the containers of `container-name`. */
const forContainers = [
  "image",
  "environment-variables",
  "secrets",
  "env-files",
  "docker-labels",
  "log-configuration-log-driver",
  "log-configuration-options",
  "command",
] as const;
/** Inputs that each name a task definition by themselves, the one that wins first. */
const sources = ["task-definition", "task-definition-arn", "task-definition-family"] as const;

/** The part of the request that says what shall run. */
export function readDefinition(inputs: Values): Pick<DeployRequest, "taskDefinition" | "changes"> {
  const { "task-role-arn": taskRole, "execution-role-arn": executionRole } = inputs;
  return {
    taskDefinition: sourceOf(inputs),
    changes: {
      containers: containersOf(inputs),
      keepEmpty: new Set(inputs["keep-null-value-keys"]),
      ...(taskRole !== undefined && { taskRole }),
      ...(executionRole !== undefined && { executionRole }),
    },
  };
}

/** Where several are given, they count in the order that the render action takes them in. */
function sourceOf(inputs: Values): DeployRequest["taskDefinition"] {
  const { "task-definition-family": family = "", "task-definition-revision": revision } = inputs;
  if (inputs["task-definition"] !== undefined) return inputs["task-definition"];
  if (inputs["task-definition-arn"] !== undefined) return { registered: inputs["task-definition-arn"] };
  return { registered: revision === undefined ? family : `${family}:${revision}` };
}

/** What is given and has no effect. */
export function unusedOfDefinition(inputs: Values): string[] {
  const [first, ...others] = sources.filter((name) => inputs[name] !== undefined);
  const isRevisionUnused =
    first !== "task-definition-family" && inputs["task-definition-revision"] !== undefined;
  return [...others, ...(isRevisionUnused ? ["task-definition-revision"] : [])].map(
    (name) => `\`${name}\` is not used, because \`${first}\` is given.`,
  );
}

function containersOf(inputs: Values): ReadonlyMap<string, ContainerChanges> {
  const own = changesOf(inputs);
  const containers = new Map<string, ContainerChanges>();
  for (const name of inputs["container-name"] ?? [])
    if (Object.keys(own).length > 0) containers.set(name, own);
  for (const [name, image] of Object.entries(inputs.images ?? {}))
    containers.set(name, { ...containers.get(name), image: image.trim() });
  return containers;
}

function changesOf(inputs: Values): ContainerChanges {
  const { image, secrets, command } = inputs;
  const environment = inputs["environment-variables"];
  const environmentFiles = inputs["env-files"];
  const dockerLabels = inputs["docker-labels"];
  const logDriver = inputs["log-configuration-log-driver"];
  const logOptions = inputs["log-configuration-options"];
  return {
    ...(image !== undefined && { image }),
    ...(environment !== undefined && { environment }),
    ...(secrets !== undefined && { secrets: trimmed(secrets) }),
    ...(environmentFiles !== undefined && { environmentFiles }),
    ...(dockerLabels !== undefined && { dockerLabels }),
    ...(logDriver !== undefined && { logDriver }),
    ...(logOptions !== undefined && { logOptions }),
    ...(command !== undefined && { command }),
  };
}

function trimmed(values: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value.trim()]));
}

/** Mistakes that only several of these inputs together show. */
export function checkDefinition(inputs: Values, problem: ReportProblem): void {
  checkSource(inputs, problem);
  const { "container-name": containers, images = {} } = inputs;
  if (containers === undefined) {
    const homeless = forContainers.filter((name) => inputs[name] !== undefined);
    const named = homeless.map((name) => `\`${name}\``).join(", ");
    if (homeless.length > 0)
      problem(
        "container-name",
        `it is empty, so ${named} ${homeless.length === 1 ? "has" : "have"} no container to go to`,
      );
  }
  for (const [name, image] of Object.entries(images)) {
    if (image.trim() === "") problem("images", `the container "${name}" has no image`);
    if (inputs.image !== undefined && containers?.includes(name))
      problem("images", `it names the container "${name}", which has an \`image\` already`);
  }
  const { "environment-variables": variables = {}, secrets = {} } = inputs;
  for (const [name, reference] of Object.entries(secrets)) {
    if (reference.trim() === "") problem("secrets", `"${name}" refers to nothing; write ${name}=ARN or name`);
    if (Object.hasOwn(variables, name))
      problem("secrets", `it names "${name}", which \`environment-variables\` names too`);
  }
}

function checkSource(inputs: Values, problem: ReportProblem): void {
  if (sources.some((name) => inputs[name] !== undefined)) return;
  if (inputs["task-definition-revision"] !== undefined)
    problem("task-definition-revision", "it needs a `task-definition-family`, which is empty");
  problem(
    "task-definition",
    "it is empty; accepted: a file, an ARN, family:revision or a family, here or in `task-definition-arn` or `task-definition-family`",
  );
}
