import type { JsonObject } from "../service.ts";
import { faults, read } from "./faults.ts";

/** A one-time schedule with a universal target. Times are milliseconds since the epoch. */
export interface Schedule {
  readonly name: string;
  readonly expression: string;
  readonly at: number;
  readonly isEnabled: boolean;
  readonly deletesItself: boolean;
  /** The API call that it makes. */
  readonly target: { readonly service: string; readonly action: string; readonly input: JsonObject };
  readonly role: string;
  /** Milliseconds after `at` for which a call that fails is repeated, and how often. */
  readonly patience: number;
  readonly attempts: number;
  /** The request as it was made. */
  readonly request: JsonObject;
}

const daySeconds = 86_400;
const mostRetries = 185;
/** Services of universal targets by the name that this account knows them under. */
const services: Readonly<Record<string, string>> = { elasticloadbalancingv2: "elbv2", ecs: "ecs" };

/** Reads a schedule from a request. Only `at(…)` in UTC and universal targets are simulated. */
export function parseSchedule(request: JsonObject): Schedule {
  const expression = read.requiredText(request, "ScheduleExpression");
  const window = read.object(request, "FlexibleTimeWindow");
  if (!window) throw faults.invalid("FlexibleTimeWindow is required.");
  const mode = read.requiredText(window, "Mode");
  if (mode !== "OFF") throw faults.invalid(`A flexible time window of mode ${mode} is not simulated.`);
  const target = read.object(request, "Target");
  if (!target) throw faults.invalid("Target is required.");
  const role = read.requiredText(target, "RoleArn");
  if (!/^arn:aws(-[a-z]+)*:iam::\d{12}:role\/[\w+=,.@/-]+$/.test(role))
    throw faults.invalid(`The execution role ${role} is not the ARN of a role.`);
  const retry = read.object(target, "RetryPolicy") ?? {};
  return {
    name: read.requiredText(request, "Name"),
    expression,
    at: parseTime(expression, read.text(request, "ScheduleExpressionTimezone") ?? "UTC"),
    isEnabled: (read.text(request, "State") ?? "ENABLED") === "ENABLED",
    deletesItself: read.text(request, "ActionAfterCompletion") === "DELETE",
    target: parseTarget(target),
    role,
    patience: (read.whole(retry, "MaximumEventAgeInSeconds", 60, daySeconds) ?? daySeconds) * 1_000,
    attempts: (read.whole(retry, "MaximumRetryAttempts", 0, mostRetries) ?? mostRetries) + 1,
    request,
  };
}

function parseTime(expression: string, zone: string): number {
  const [, text] = /^at\((\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})\)$/.exec(expression) ?? [];
  const at = Date.parse(`${text}Z`);
  if (text === undefined || Number.isNaN(at) || zone !== "UTC")
    throw faults.invalid(`Invalid Schedule Expression ${expression}.`);
  return at;
}

function parseTarget(target: JsonObject): Schedule["target"] {
  const arn = read.requiredText(target, "Arn");
  const [, name = "", verb = ""] = /^arn:aws[\w-]*:scheduler:::aws-sdk:([a-z0-9]+):(\w+)$/.exec(arn) ?? [];
  const service = services[name];
  if (service === undefined) throw faults.invalid(`Provided Arn is not in correct format: ${arn}.`);
  const text = read.text(target, "Input") ?? "{}";
  return {
    service,
    action: verb.charAt(0).toUpperCase() + verb.slice(1),
    input: parseInput(text),
  };
}

function parseInput(text: string): JsonObject {
  try {
    return JSON.parse(text) as JsonObject;
  } catch {
    throw faults.invalid("Input must be valid JSON for a universal target.");
  }
}
