import type { JsonObject } from "../../service.ts";
import { invalid } from "../faults.ts";
import { flag, numeric, object, objects, text, texts } from "../input.ts";

export type Strategy = "ROLLING" | "BLUE_GREEN" | "LINEAR" | "CANARY";

export type Threshold = {
  readonly type: "BOUNDED_PERCENT" | "UNBOUNDED_PERCENT" | "COUNT";
  readonly value: number;
};

export interface LifecycleHook {
  readonly targetType: "AWS_LAMBDA" | "PAUSE";
  readonly targetArn?: string;
  readonly stages: readonly string[];
  readonly details?: unknown;
  readonly timeoutInMinutes: number;
  readonly timeoutAction: "ROLLBACK" | "CONTINUE";
}

/** `deploymentConfiguration`, parsed; `body` is what Describe answers. */
export interface DeploymentConfiguration {
  readonly body: JsonObject;
  readonly strategy: Strategy;
  readonly minimumHealthyPercent: number;
  readonly maximumPercent: number;
  readonly bakeTimeInMinutes: number;
  readonly circuitBreaker: {
    readonly enable: boolean;
    readonly rollback: boolean;
    readonly resetOnHealthyTask: boolean;
    readonly threshold: Threshold;
  };
  readonly alarms: {
    readonly enable: boolean;
    readonly rollback: boolean;
    readonly names: readonly string[];
  };
  readonly linear: { readonly stepPercent: number; readonly stepBakeTimeInMinutes: number };
  readonly canary: { readonly percent: number; readonly bakeTimeInMinutes: number };
  readonly hooks: readonly LifecycleHook[];
}

const strategies: readonly Strategy[] = ["ROLLING", "BLUE_GREEN", "LINEAR", "CANARY"];
const thresholdTypes: readonly Threshold["type"][] = ["BOUNDED_PERCENT", "UNBOUNDED_PERCENT", "COUNT"];

function oneOf<T extends string>(value: string, allowed: readonly T[], name: string): T {
  const known = allowed.find((candidate) => candidate === value);
  if (known) return known;
  throw invalid(`${name} is ${value}; it must be one of ${allowed.join(", ")}.`);
}

function within(value: number, lowest: number, highest: number, name: string): number {
  if (value >= lowest && value <= highest) return value;
  throw invalid(`${name} is ${value}; it must be between ${lowest} and ${highest}.`);
}

function hookOf(hook: JsonObject): LifecycleHook {
  const targetType = oneOf(text(hook, "targetType") ?? "AWS_LAMBDA", ["AWS_LAMBDA", "PAUSE"], "targetType");
  const targetArn = text(hook, "hookTargetArn");
  if (targetType === "AWS_LAMBDA" && !targetArn)
    throw invalid("hookTargetArn is required for AWS_LAMBDA hooks.");
  const stages = texts(hook, "lifecycleStages") ?? [];
  if (stages.length === 0) throw invalid("lifecycleStages is required for a lifecycle hook.");
  const timeout = object(hook, "timeoutConfiguration") ?? {};
  for (const stage of stages) {
    if (["SCALE_UP", "BAKE_TIME", "CLEAN_UP"].includes(stage)) {
      throw invalid(`Lifecycle hooks cannot be configured at stage ${stage}.`);
    }
    if (targetType === "PAUSE" && ["TEST_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT"].includes(stage)) {
      throw invalid(`PAUSE hooks cannot be configured at stage ${stage}.`);
    }
  }
  return {
    targetType,
    ...(targetArn ? { targetArn } : {}),
    stages,
    ...(hook["hookDetails"] === undefined ? {} : { details: hook["hookDetails"] }),
    timeoutInMinutes: within(numeric(timeout, "timeoutInMinutes") ?? 1440, 1, 20_160, "timeoutInMinutes"),
    timeoutAction: oneOf(text(timeout, "action") ?? "ROLLBACK", ["ROLLBACK", "CONTINUE"], "action"),
  };
}

/**
 * Parses `deploymentConfiguration` laid over what the service has now: members that are left out keep their value.
 * @throws InvalidParameterException for values outside the documented ranges.
 */
export function deploymentConfiguration(
  given: JsonObject | undefined,
  before?: DeploymentConfiguration,
): DeploymentConfiguration {
  const start = before?.body ?? {
    deploymentCircuitBreaker: { enable: false, rollback: false },
    maximumPercent: 200,
    minimumHealthyPercent: 100,
    strategy: "ROLLING",
    bakeTimeInMinutes: 0,
  };
  const changes = Object.fromEntries(
    Object.entries(given ?? {}).filter(([, value]) => value !== null && value !== undefined),
  );
  const body: JsonObject = { ...start, ...changes };
  const strategy = oneOf(text(body, "strategy") ?? "ROLLING", strategies, "strategy");
  const breaker = object(body, "deploymentCircuitBreaker") ?? {};
  const threshold = object(breaker, "thresholdConfiguration") ?? {};
  const alarms = object(body, "alarms") ?? {};
  const linear = object(body, "linearConfiguration") ?? {};
  const canary = object(body, "canaryConfiguration") ?? {};
  const bakeTime = numeric(body, "bakeTimeInMinutes") ?? 0;
  const minimum = numeric(body, "minimumHealthyPercent") ?? 100;
  const maximum = numeric(body, "maximumPercent") ?? 200;
  if (minimum === 100 && maximum === 100) {
    throw invalid(
      "Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments.",
    );
  }
  if (minimum < 0 || maximum < minimum || maximum === 0) {
    throw invalid(`maximumPercent (${maximum}) must be greater than minimumHealthyPercent (${minimum}).`);
  }
  return {
    body,
    strategy,
    minimumHealthyPercent: minimum,
    maximumPercent: maximum,
    bakeTimeInMinutes: within(bakeTime, 0, 1440, "bakeTimeInMinutes"),
    circuitBreaker: {
      enable: flag(breaker, "enable") ?? false,
      rollback: flag(breaker, "rollback") ?? false,
      resetOnHealthyTask: flag(breaker, "resetOnHealthyTask") ?? true,
      threshold: {
        type: oneOf(
          text(threshold, "type") ?? "BOUNDED_PERCENT",
          thresholdTypes,
          "thresholdConfiguration.type",
        ),
        value: numeric(threshold, "value") ?? 50,
      },
    },
    alarms: {
      enable: flag(alarms, "enable") ?? false,
      rollback: flag(alarms, "rollback") ?? false,
      names: texts(alarms, "alarmNames") ?? [],
    },
    linear: {
      stepPercent: within(numeric(linear, "stepPercent") ?? 10, 3, 100, "stepPercent"),
      stepBakeTimeInMinutes: within(
        numeric(linear, "stepBakeTimeInMinutes") ?? 6,
        0,
        1440,
        "stepBakeTimeInMinutes",
      ),
    },
    canary: {
      percent: within(numeric(canary, "canaryPercent") ?? 5, 0.1, 100, "canaryPercent"),
      bakeTimeInMinutes: within(
        numeric(canary, "canaryBakeTimeInMinutes") ?? 10,
        0,
        1440,
        "canaryBakeTimeInMinutes",
      ),
    },
    hooks: (objects(body, "lifecycleHooks") ?? []).map(hookOf),
  };
}
