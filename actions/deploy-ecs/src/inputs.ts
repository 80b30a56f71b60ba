import type { DeployRequest, DeployTarget, SessionOptions } from "#ship/aws";
import {
  bool,
  duration,
  type InputValues,
  int,
  keyValues,
  list,
  oneOf,
  optional,
  type ReportProblem,
  type Run,
  readInputs,
  required,
  text,
  url,
} from "#ship/kit";

const service = text(/^[\w:/-]{1,512}$/, "the name or ARN of a service");
const role = text(
  /^arn:aws[\w-]*:iam::\d{12}:role\/.+$/,
  "an ARN such as arn:aws:iam::123456789012:role/deploy",
);
const rule = text(/^arn:aws[\w-]*:elasticloadbalancing:.+:listener-rule\/.+$/, "the ARN of a listener rule");
const available = ["inherit", "rolling", "paired"] as const;

const definitions = {
  "task-definition": required(text()),
  "container-name": optional(text(/^[\w-]{1,255}$/, "the name of a container")),
  image: optional(text(/^\S+$/, "an image reference without blanks")),
  images: optional(keyValues()),
  "environment-variables": optional(keyValues()),
  service: optional(service),
  cluster: required(text(/^[\w:/-]{1,512}$/, "the name or ARN of a cluster")),
  "desired-count": optional(int({ min: 0 })),
  "force-new-deployment": required(bool()),
  strategy: required(oneOf(...available, "blue-green", "linear", "canary", "codedeploy")),
  services: optional(list(service)),
  "listener-rule-arn": optional(rule),
  "circuit-breaker": optional(bool()),
  "wait-for-minutes": required(int({ min: 1, max: 1_440 })),
  "poll-interval": required(duration({ min: 100, max: 300_000 })),
  "health-check-url": optional(url()),
  "rollback-on-failure": required(bool()),
  "rollback-on-cancel": required(bool()),
  "log-tail": required(int({ min: 0, max: 1_000 })),
  "dry-run": required(bool()),
  "aws-region": optional(text(/^[a-z]{2}(-[a-z]+)+-\d$/, "a region such as eu-central-1")),
  "role-to-assume": optional(role),
};
type Inputs = InputValues<typeof definitions>;

/** What the inputs ask for. */
export interface DeployInputs {
  readonly session: SessionOptions;
  readonly request: DeployRequest;
}

/** Reads the inputs. @throws ShipError `INPUT_INVALID` with every mistake */
export function readDeployInputs(run: Run): DeployInputs {
  const inputs = readInputs(run.environment, run.redaction, definitions, check);
  return {
    session: { region: inputs["aws-region"], roleToAssume: inputs["role-to-assume"] },
    request: {
      taskDefinition: inputs["task-definition"],
      changes: changesOf(inputs),
      target: targetOf(inputs),
      waiting: { every: inputs["poll-interval"], timeout: inputs["wait-for-minutes"] * 60_000 },
      rollback: { onFailure: inputs["rollback-on-failure"], onCancel: inputs["rollback-on-cancel"] },
      mode: inputs["dry-run"] ? "plan" : "apply",
      healthCheckUrl: inputs["health-check-url"],
      logLines: inputs["log-tail"],
    },
  };
}

function changesOf(inputs: Inputs): DeployRequest["changes"] {
  const { "container-name": container, image, "environment-variables": variables } = inputs;
  const images = new Map(Object.entries(inputs.images ?? {}).map(([name, value]) => [name, value.trim()]));
  if (container !== undefined && image !== undefined) images.set(container, image);
  const environment =
    container !== undefined && variables !== undefined ? new Map([[container, variables]]) : new Map();
  return { images, environment };
}

function targetOf(inputs: Inputs): DeployTarget {
  const { cluster, strategy, services = [], "listener-rule-arn": listenerRule } = inputs;
  const [first, second] = services;
  const wishes = {
    desired: inputs["desired-count"],
    force: inputs["force-new-deployment"],
    breaker: inputs["circuit-breaker"],
    strategy: strategy === "rolling" ? strategy : "inherit",
  } as const;
  if (first !== undefined && second !== undefined && listenerRule !== undefined)
    return { kind: "paired", cluster, services: [first, second], listenerRule, ...wishes };
  return inputs.service === undefined
    ? { kind: "none" }
    : { kind: "service", address: { cluster, service: inputs.service }, ...wishes };
}

function check(inputs: Inputs, problem: ReportProblem): void {
  checkContainers(inputs, problem);
  if (!available.some((strategy) => strategy === inputs.strategy))
    problem("strategy", `"${inputs.strategy}" is not available yet; accepted: ${available.join(", ")}`);
  if (inputs.strategy === "paired") checkPair(inputs, problem);
  else {
    if (inputs.services)
      problem("services", "it is for `strategy: paired` only; name one service in `service`");
    if (inputs["listener-rule-arn"]) problem("listener-rule-arn", "it is for `strategy: paired` only");
    if (inputs.service === undefined) checkRegistration(inputs, problem);
  }
}

function checkContainers(inputs: Inputs, problem: ReportProblem): void {
  const { "container-name": container, image, "environment-variables": variables, images = {} } = inputs;
  if (image !== undefined && container === undefined)
    problem("container-name", "it is empty, so `image` has no container to go to");
  if (variables !== undefined && container === undefined)
    problem("container-name", "it is empty, so `environment-variables` have no container to go to");
  if (image !== undefined && container !== undefined && container in images)
    problem("images", `it names the container "${container}", which has an \`image\` already`);
  for (const [name, value] of Object.entries(images))
    if (value.trim() === "") problem("images", `the container "${name}" has no image`);
}

function checkPair(inputs: Inputs, problem: ReportProblem): void {
  const services = new Set(inputs.services);
  if (services.size !== 2 || inputs.services?.length !== 2)
    problem("services", `it names ${services.size} services; \`strategy: paired\` needs two different ones`);
  if (inputs["listener-rule-arn"] === undefined)
    problem("listener-rule-arn", "it is empty; `strategy: paired` needs the rule with both target groups");
  if (inputs.service !== undefined)
    problem("service", "it must be empty with `strategy: paired`, which takes `services`");
}

/** Without a service nothing is described or updated, so what needs one is a mistake rather than silently nothing. */
function checkRegistration(inputs: Inputs, problem: ReportProblem): void {
  for (const name of ["desired-count", "circuit-breaker", "health-check-url"] as const)
    if (inputs[name] !== undefined) problem(name, "it needs a `service`, which is empty");
  if (inputs["force-new-deployment"]) problem("force-new-deployment", "it needs a `service`, which is empty");
}
