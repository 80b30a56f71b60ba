import { type InputValues, list, oneOf, optional, type ReportProblem, required, text } from "#ship/kit";
import { service } from "./readers.ts";

const rule = text(/^arn:aws[\w-]*:elasticloadbalancing:.+:listener-rule\/.+$/, "the ARN of a listener rule");
const available = ["inherit", "rolling", "paired"] as const;

/** How the new revision takes the place of the old one. */
export const strategyInputs = {
  strategy: required(oneOf(...available, "blue-green", "linear", "canary", "codedeploy")),
  services: optional(list(service)),
  "listener-rule-arn": optional(rule),
};
type Values = InputValues<typeof strategyInputs>;

/** Mistakes that only several of these inputs together show. */
export function checkStrategy(
  inputs: Values & { readonly service: string | undefined },
  problem: ReportProblem,
): void {
  if (!available.some((strategy) => strategy === inputs.strategy))
    problem("strategy", `"${inputs.strategy}" is not available yet; accepted: ${available.join(", ")}`);
  if (inputs.strategy === "paired") checkPair(inputs, problem);
  else {
    if (inputs.services)
      problem("services", "it is for `strategy: paired` only; name one service in `service`");
    if (inputs["listener-rule-arn"]) problem("listener-rule-arn", "it is for `strategy: paired` only");
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
