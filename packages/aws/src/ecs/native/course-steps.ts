import type { DeploymentConfiguration, DeploymentLifecycleHook } from "@aws-sdk/client-ecs";
import type { CourseStep } from "#ship/delivery";
import { ShipError } from "#ship/kit";

const minute = 60_000;
/** What Amazon ECS takes where the configuration says nothing (API reference: LinearConfiguration, CanaryConfiguration). */
const usual = { stepPercent: 10, stepBakeMinutes: 6, canaryPercent: 5, canaryBakeMinutes: 10 };

/** A pause before every shift of production traffic, and the one after the last (API reference: DeploymentLifecycleHook). */
export const beforeShift = "PRE_PRODUCTION_TRAFFIC_SHIFT";
export const afterShift = "POST_PRODUCTION_TRAFFIC_SHIFT";

/**
 * The shares that Amazon ECS gives the new revision one after another, how long it bakes each, and whether a PAUSE hook
 * holds it there.
 * @throws ShipError `TARGET_AMBIGUOUS` for a strategy that shifts no traffic
 */
export function courseSteps(configuration: DeploymentConfiguration, where: string): readonly CourseStep[] {
  const percents = percentsOf(configuration, where);
  const bake = (configuration.bakeTimeInMinutes ?? 0) * minute;
  return percents.map(({ percent, minutes }): CourseStep => {
    const share = Number((percent / 100).toFixed(6));
    return share === 1
      ? { share, duration: bake, until: pausesAt(configuration, afterShift) ? "answer" : "time" }
      : {
          share,
          duration: minutes * minute,
          until: pausesAt(configuration, beforeShift) ? "answer" : "time",
        };
  });
}

/** The PAUSE hooks of a configuration. */
export function pauseHooks({ lifecycleHooks }: DeploymentConfiguration): readonly DeploymentLifecycleHook[] {
  return (lifecycleHooks ?? []).filter((hook) => hook.targetType === "PAUSE");
}

function pausesAt(configuration: DeploymentConfiguration, stage: string): boolean {
  return pauseHooks(configuration).some((hook) => hook.lifecycleStages?.some((one: string) => one === stage));
}

function percentsOf(
  { strategy, linearConfiguration: linear, canaryConfiguration: canary }: DeploymentConfiguration,
  where: string,
): { readonly percent: number; readonly minutes: number }[] {
  const all = { percent: 100, minutes: 0 };
  switch (strategy) {
    case "BLUE_GREEN":
      return [all];
    case "CANARY": {
      const percent = canary?.canaryPercent ?? usual.canaryPercent;
      const minutes = canary?.canaryBakeTimeInMinutes ?? usual.canaryBakeMinutes;
      return percent < 100 ? [{ percent, minutes }, all] : [all];
    }
    case "LINEAR": {
      const step = linear?.stepPercent ?? usual.stepPercent;
      const minutes = linear?.stepBakeTimeInMinutes ?? usual.stepBakeMinutes;
      const count = Math.ceil(100 / step - 1e-9) - 1;
      const steps = Array.from({ length: count }, (_, index) => ({
        percent: Math.round(step * (index + 1) * 10) / 10,
        minutes,
      }));
      return [...steps, all];
    }
    default:
      throw new ShipError(
        "TARGET_AMBIGUOUS",
        `${where} is deployed with the strategy ${strategy ?? "ROLLING"}, which divides no traffic.`,
        {
          hint: "Set the service's deployment strategy to LINEAR, CANARY or BLUE_GREEN, or use `target: ecs-alb`.",
        },
      );
  }
}
