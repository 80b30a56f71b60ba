import type { RunningContainer } from "../ports.ts";
import type { EcsContext } from "./context.ts";
import { numeric, object, texts } from "./input.ts";
import type { Health, Task, TaskContainer } from "./model.ts";

/**
 * Runs a container's `healthCheck` until the task stops: `interval`, `timeout`, `retries` and `startPeriod` in seconds
 * as the task definition says. Failures inside the start period do not count; one success makes it HEALTHY.
 */
export async function watchContainerHealth(
  ecs: EcsContext,
  task: Task,
  container: TaskContainer,
  running: RunningContainer,
): Promise<void> {
  const check = object(container.definition, "healthCheck");
  if (!check || !running.execute) return;
  const [form, ...words] = texts(check, "command") ?? [];
  const command =
    form === "CMD-SHELL"
      ? ["/bin/sh", "-c", words.join(" ")]
      : form === "CMD"
        ? words
        : [form ?? "", ...words];
  const seconds = (key: string, usual: number) => (numeric(check, key) ?? usual) * ecs.pace.second;
  const retries = numeric(check, "retries") ?? 3;
  const protectedUntil = ecs.clock.now() + seconds("startPeriod", 0);
  const signal = AbortSignal.any([task.stopping.signal, ecs.lifetime]);
  let failures = 0;
  while (!signal.aborted && container.lastStatus === "RUNNING") {
    await ecs.clock.sleep(seconds("interval", 30), signal).catch(() => undefined);
    if (signal.aborted || container.lastStatus !== "RUNNING") return;
    const exitCode = await running.execute(command, seconds("timeout", 5));
    if (exitCode === 0) {
      failures = 0;
      container.health = "HEALTHY";
    } else if (ecs.clock.now() >= protectedUntil) {
      failures += 1;
      if (failures >= retries) container.health = "UNHEALTHY";
    }
  }
}

/** Health of a task: its essential containers that have a check, the worst first. UNKNOWN when none has. */
export function taskHealth(task: Task): Health {
  const checked = task.containers.filter(
    (container) => container.essential && object(container.definition, "healthCheck"),
  );
  if (checked.some((container) => container.health === "UNHEALTHY")) return "UNHEALTHY";
  if (checked.length === 0 || checked.some((container) => container.health === "UNKNOWN")) return "UNKNOWN";
  return "HEALTHY";
}

/** Whether any essential container has a health check that this runtime can run. */
export const hasContainerCheck = (task: Task): boolean =>
  task.containers.some(
    (container) =>
      container.essential && object(container.definition, "healthCheck") && container.running?.execute,
  );
