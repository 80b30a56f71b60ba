import {
  bool,
  type Input,
  InputProblem,
  type InputValues,
  list,
  oneOf,
  optional,
  type Reader,
  type ReportProblem,
  required,
  text,
} from "#ship/kit";
import type { Asked } from "./combine.ts";
import { type JsonFields, jsonObject, minutes, percentage, service } from "./readers.ts";

const rule = text(/^arn:aws[\w-]*:elasticloadbalancing:.+:listener-rule\/.+$/, "the ARN of a listener rule");
const aDay = { min: 0, max: 1_440 };

/** How the new revision takes the place of the old one. Ranges are the API's (DeploymentConfiguration). */
export const strategyInputs = {
  strategy: required(oneOf("inherit", "rolling", "blue-green", "linear", "canary", "codedeploy", "paired")),
  "bake-time": optional(minutes(aDay)),
  "canary-percent": optional(percentage({ min: 0.1, max: 100 })),
  "canary-bake-time": optional(minutes(aDay)),
  "linear-step-percent": optional(percentage({ min: 3, max: 100 })),
  "linear-step-bake-time": optional(minutes(aDay)),
  "circuit-breaker": optional(breaker()),
  alarms: optional(list(text(/^.{1,255}$/, "the name of a CloudWatch alarm"))),
  "deployment-configuration": optional(jsonObject()),
  services: optional(list(service)),
  "listener-rule-arn": optional(rule),
} satisfies Record<string, Input<unknown>>;
type Values = InputValues<typeof strategyInputs>;

/** `true` or `false`, or the members of `deploymentCircuitBreaker`. */
function breaker(): Reader<boolean | JsonFields> {
  const truth = bool();
  const document = jsonObject();
  return {
    accepts: "true, false, or a JSON object of deploymentCircuitBreaker",
    read: (raw) => {
      if (raw.trim().startsWith("{")) return document.read(raw);
      try {
        return truth.read(raw);
      } catch {
        throw new InputProblem();
      }
    },
  };
}

const words = { rolling: "ROLLING", "blue-green": "BLUE_GREEN", linear: "LINEAR", canary: "CANARY" } as const;

/**
 * What each input asks `deploymentConfiguration` for. A circuit breaker and alarms roll back unless a failed deployment
 * shall be left as it is.
 */
export function askedConfiguration(
  inputs: Values & { readonly "rollback-on-failure": boolean; readonly update: JsonFields | undefined },
): Asked[] {
  const rollback = inputs["rollback-on-failure"];
  const given = (input: keyof Values & string, fields: (value: unknown) => JsonFields): Asked[] =>
    inputs[input] === undefined ? [] : [[input, fields(inputs[input])]];
  const word = Object.entries(words).find(([name]) => name === inputs.strategy)?.[1];
  const inUpdate = inputs.update?.["deploymentConfiguration"] ?? {};
  return [
    ...(word === undefined ? [] : [["strategy", { strategy: word }] as const]),
    ...given("bake-time", (value) => ({ bakeTimeInMinutes: value })),
    ...given("canary-percent", (value) => ({ canaryConfiguration: { canaryPercent: value } })),
    ...given("canary-bake-time", (value) => ({ canaryConfiguration: { canaryBakeTimeInMinutes: value } })),
    ...given("linear-step-percent", (value) => ({ linearConfiguration: { stepPercent: value } })),
    ...given("linear-step-bake-time", (value) => ({ linearConfiguration: { stepBakeTimeInMinutes: value } })),
    ...given("circuit-breaker", (value) => ({
      deploymentCircuitBreaker:
        typeof value === "boolean" ? { enable: value, rollback: value && rollback } : value,
    })),
    ...given("alarms", (value) => ({ alarms: { alarmNames: value, enable: true, rollback } })),
    ...given("deployment-configuration", (value) => ({ ...(value as JsonFields) })),
    ["update", inUpdate as JsonFields],
  ];
}

/** Parameters of one native strategy. */
const own = {
  "canary-percent": "canary",
  "canary-bake-time": "canary",
  "linear-step-percent": "linear",
  "linear-step-bake-time": "linear",
} as const;

/** Inputs that change `deploymentConfiguration`. */
const configuring = [
  ...(Object.keys(own) as (keyof typeof own)[]),
  "bake-time",
  "circuit-breaker",
  "alarms",
  "deployment-configuration",
] as const;

/** Mistakes that only several of these inputs together show. */
export function checkStrategy(
  inputs: Values & { readonly service: string | undefined },
  problem: ReportProblem,
): void {
  const { strategy } = inputs;
  for (const [name, needed] of Object.entries(own) as [keyof typeof own, string][])
    if (inputs[name] !== undefined && strategy !== needed && strategy !== "inherit")
      problem(name, `it is for \`strategy: ${needed}\`, but \`strategy\` is ${strategy}`);
  const configured = configuring.filter((name) => inputs[name] !== undefined);
  if (strategy === "paired") checkPair(inputs, problem);
  else {
    if (inputs.services)
      problem("services", "it is for `strategy: paired` only; name one service in `service`");
    if (inputs["listener-rule-arn"]) problem("listener-rule-arn", "it is for `strategy: paired` only");
    if (inputs.service === undefined) {
      for (const name of configured) problem(name, "it needs a `service`, which is empty");
      if (strategy !== "inherit")
        problem("strategy", `it is ${strategy}, which needs a \`service\`, which is empty`);
    }
  }
}

function checkPair(inputs: Values & { readonly service: string | undefined }, problem: ReportProblem): void {
  const services = new Set(inputs.services);
  if (services.size !== 2 || inputs.services?.length !== 2)
    problem("services", `it names ${services.size} services; \`strategy: paired\` needs two different ones`);
  if (inputs["listener-rule-arn"] === undefined)
    problem("listener-rule-arn", "it is empty; `strategy: paired` needs the rule with both target groups");
  if (inputs.service !== undefined)
    problem("service", "it must be empty with `strategy: paired`, which takes `services`");
}
