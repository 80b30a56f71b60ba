import type { DeploymentConfiguration, DeploymentLifecycleHook } from "@aws-sdk/client-ecs";
import type { CourseStep } from "#ship/delivery";
import { formatDuration, formatShare } from "#ship/kit";
import { afterShift, beforeShift, pauseHooks } from "./course-steps.ts";

const minute = 60_000;
/** Time to look, to judge and to answer within, beyond what a step may take. Milliseconds. */
const margin = 5 * minute;
/** A hook that says nothing else waits for a day and rolls back then (API reference: timeoutConfiguration). */
const usual = { timeoutInMinutes: 1_440, action: "ROLLBACK" } as const;
const stages = [beforeShift, afterShift];

/**
 * What a person should know of a deployment's hooks: where nothing holds it, and a timeout that brings the traffic back too
 * late when the runner has died, or before the evidence can be in.
 * @param longest how long a step that bakes so many milliseconds may take, in milliseconds
 */
export function adviseOnHooks(
  configuration: DeploymentConfiguration,
  steps: readonly CourseStep[],
  longest: (duration: number) => number,
): readonly string[] {
  const needed = (at: readonly string[]) => {
    const held = steps
      .filter(({ share }) => share < 1 || at.includes(afterShift))
      .map(({ share, duration }) => longest(duration) - (share < 1 ? duration : 0));
    return Math.ceil((Math.max(0, ...held) + margin) / minute);
  };
  const free = steps.filter((step) => step.until === "time" && step.share < 1);
  const hooks = pauseHooks(configuration);
  const recommended = { targetType: "PAUSE", lifecycleStages: stages, ...timeoutOf(needed(stages)) };
  return [
    ...(free.length > 0
      ? [
          `Amazon ECS goes on from ${free.map(({ share }) => formatShare(share)).join(", ")} by itself, whatever the evidence says: nothing holds it there. ${recommend([recommended])}`,
        ]
      : []),
    ...hooks.flatMap((hook) => adviseOnTimeout(hook, needed(hook.lifecycleStages ?? []))),
  ];
}

function adviseOnTimeout(hook: DeploymentLifecycleHook, needed: number): string[] {
  const timeout = hook.timeoutConfiguration?.timeoutInMinutes ?? usual.timeoutInMinutes;
  const action = hook.timeoutConfiguration?.action ?? usual.action;
  const at = (hook.lifecycleStages ?? []).join(", ");
  const wait = formatDuration(timeout * minute);
  const better = recommend([{ ...hook, ...timeoutOf(needed) }]);
  if (action !== "ROLLBACK")
    return [`When nobody answers the hook at ${at} within ${wait}, Amazon ECS goes on. ${better}`];
  if (timeout < needed)
    return [
      `Amazon ECS rolls back when the hook at ${at} is not answered within ${wait}, but a step may take longer. ${better}`,
    ];
  if (timeout > needed)
    return [
      `Should the runner die, Amazon ECS brings the traffic back only ${wait} after it reached the hook at ${at}. ${better}`,
    ];
  return [];
}

function timeoutOf(timeoutInMinutes: number) {
  return { timeoutConfiguration: { timeoutInMinutes, action: "ROLLBACK" } } as const;
}

function recommend(lifecycleHooks: readonly object[]): string {
  return `Recommended in the deployment configuration: ${JSON.stringify({ lifecycleHooks })}`;
}
