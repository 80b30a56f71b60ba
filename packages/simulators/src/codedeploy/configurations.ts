import type { JsonObject } from "../service.ts";
import { faults } from "./faults.ts";

/** How production traffic moves: `percent` at a time, `minutes` apart; all at once when `percent` is 100. */
export interface TrafficPlan {
  readonly kind: "all" | "canary" | "linear";
  readonly percent: number;
  readonly minutes: number;
}

/** The predefined configurations of the ECS compute platform ("Working with deployment configurations"). */
const predefined: Readonly<Record<string, TrafficPlan>> = {
  "CodeDeployDefault.ECSAllAtOnce": { kind: "all", percent: 100, minutes: 0 },
  "CodeDeployDefault.ECSCanary10Percent5Minutes": { kind: "canary", percent: 10, minutes: 5 },
  "CodeDeployDefault.ECSCanary10Percent15Minutes": { kind: "canary", percent: 10, minutes: 15 },
  "CodeDeployDefault.ECSLinear10PercentEvery1Minutes": { kind: "linear", percent: 10, minutes: 1 },
  "CodeDeployDefault.ECSLinear10PercentEvery3Minutes": { kind: "linear", percent: 10, minutes: 3 },
};

export const usualConfiguration = "CodeDeployDefault.ECSAllAtOnce";

/** The plan of a predefined configuration. @throws DeploymentConfigDoesNotExistException */
export function trafficPlan(name: string): TrafficPlan {
  const plan = predefined[name];
  if (!plan) throw faults.noConfiguration(name);
  return plan;
}

/** The percentages that the replacement's traffic passes through, ending at 100. */
export function trafficSteps({ kind, percent }: TrafficPlan): readonly number[] {
  if (kind === "all") return [100];
  if (kind === "canary") return [percent, 100];
  const steps = Array.from({ length: Math.ceil(100 / percent) }, (_, index) => (index + 1) * percent);
  return [...steps.filter((step) => step < 100), 100];
}

/** A configuration as GetDeploymentConfig answers it. */
export function configurationView(name: string): JsonObject {
  const { kind, percent, minutes } = trafficPlan(name);
  const routing = {
    all: { type: "AllAtOnce" },
    canary: {
      type: "TimeBasedCanary",
      timeBasedCanary: { canaryPercentage: percent, canaryInterval: minutes },
    },
    linear: {
      type: "TimeBasedLinear",
      timeBasedLinear: { linearPercentage: percent, linearInterval: minutes },
    },
  }[kind];
  return { deploymentConfigName: name, computePlatform: "ECS", trafficRoutingConfig: routing };
}
