import { watchContainerHealth } from "./container-health.ts";
import { containerSpec, dependenciesHold, logStream, startOrder } from "./container-launch.ts";
import type { EcsContext } from "./context.ts";
import { numeric } from "./input.ts";
import type { StopCode, Task, TaskContainer, TaskStatus } from "./model.ts";
import { deregisterTargets, registerTargets } from "./targets.ts";

const move = (task: Task, status: TaskStatus) => {
  task.lastStatus = status;
  task.version += 1;
};

/** Asks a task to stop; the first reason stays. */
export function requestStop(ecs: EcsContext, task: Task, stopCode: StopCode, reason: string): void {
  if (task.desiredStatus === "STOPPED") return;
  task.desiredStatus = "STOPPED";
  task.stopCode = stopCode;
  task.stoppedReason = reason;
  task.stoppingAt = ecs.clock.now();
  task.version += 1;
  task.stopping.abort();
}

/** Starts one container and follows what it tells. Its essential exit stops the task. */
async function startContainer(ecs: EcsContext, task: Task, container: TaskContainer): Promise<void> {
  const log = logStream(task, container);
  if (log) ecs.logs.open?.(log.group, log.stream);
  const running = await ecs.runtime.start(containerSpec(ecs, task, container), {
    output: (line) => {
      if (log) ecs.logs.write(log.group, log.stream, line, ecs.clock.now());
    },
    exited: ({ exitCode, reason }) => {
      container.lastStatus = "STOPPED";
      if (exitCode !== undefined) container.exitCode = exitCode;
      if (reason !== undefined) container.reason = reason;
      task.version += 1;
      if (container.essential)
        requestStop(ecs, task, "EssentialContainerExited", "Essential container in task exited");
    },
  });
  container.running = running;
  if (container.lastStatus === "PENDING") container.lastStatus = "RUNNING";
  ecs.background(() => watchContainerHealth(ecs, task, container, running));
}

async function startContainers(ecs: EcsContext, task: Task, signal: AbortSignal): Promise<void> {
  for (const container of startOrder(task.containers)) {
    while (!dependenciesHold(task, container)) await ecs.clock.sleep(ecs.pace.second, signal);
    try {
      await startContainer(ecs, task, container);
    } catch (cause) {
      container.reason = cause instanceof Error ? cause.message : String(cause);
      throw cause;
    }
    signal.throwIfAborted();
  }
}

async function start(ecs: EcsContext, task: Task, signal: AbortSignal): Promise<void> {
  await ecs.clock.sleep(ecs.pace.provisioning, signal);
  move(task, "PENDING");
  task.connectivityAt = ecs.clock.now();
  task.pullStartedAt = ecs.clock.now();
  await ecs.clock.sleep(ecs.pace.pulling, signal);
  task.pullStoppedAt = ecs.clock.now();
  await startContainers(ecs, task, signal);
  if ((task.owner?.deployment.revision.settings.loadBalancers.length ?? 0) > 0) {
    move(task, "ACTIVATING");
    await ecs.clock.sleep(ecs.pace.activating, signal);
    registerTargets(ecs, task);
  }
  move(task, "RUNNING");
  task.startedAt = ecs.clock.now();
}

function tellStopped(ecs: EcsContext, task: Task): void {
  ecs.tell({
    kind: "task stopped",
    task: task.id,
    group: task.group,
    taskDefinition: `${task.definition.family}:${task.definition.revision}`,
    stopCode: task.stopCode ?? "",
    reason: task.stoppedReason ?? "",
    containers: task.containers.map(({ name, exitCode, reason }) => ({
      name,
      ...(exitCode === undefined ? {} : { exitCode }),
      ...(reason === undefined ? {} : { reason }),
    })),
  });
}

async function shutDown(ecs: EcsContext, task: Task): Promise<void> {
  if (task.registrations.length > 0) {
    move(task, "DEACTIVATING");
    await deregisterTargets(ecs, task);
  }
  if (task.containers.some((container) => container.running)) {
    move(task, "STOPPING");
    await Promise.all(
      task.containers.map(async (container) => {
        if (container.lastStatus === "STOPPED") return;
        await container.running?.stop((numeric(container.definition, "stopTimeout") ?? 30) * ecs.pace.second);
      }),
    );
  }
  for (const container of task.containers) container.lastStatus = "STOPPED";
  task.executionStoppedAt = ecs.clock.now();
  move(task, "DEPROVISIONING");
  await ecs.clock.sleep(ecs.pace.deprovisioning, ecs.lifetime);
  move(task, "STOPPED");
  task.stoppedAt = ecs.clock.now();
  tellStopped(ecs, task);
  await ecs.clock.sleep(ecs.pace.stoppedRetention, ecs.lifetime);
  ecs.state.tasks.delete(task.arn);
}

/** Leads a task from PROVISIONING to STOPPED and, an hour later, out of the records. */
export async function runTask(ecs: EcsContext, task: Task): Promise<void> {
  const signal = AbortSignal.any([task.stopping.signal, ecs.lifetime]);
  try {
    await start(ecs, task, signal);
  } catch (cause) {
    if (ecs.lifetime.aborted) return;
    if (!signal.aborted) {
      requestStop(ecs, task, "TaskFailedToStart", cause instanceof Error ? cause.message : String(cause));
    }
  }
  if (!task.stopping.signal.aborted) {
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
  }
  if (ecs.lifetime.aborted) return;
  await shutDown(ecs, task);
}
