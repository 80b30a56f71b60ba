import type { EndpointHealth } from "../ports.ts";
import { hasContainerCheck, taskHealth } from "./container-health.ts";
import type { EcsContext } from "./context.ts";
import { record, targetGroup } from "./events.ts";
import type { Registration, Service, Task } from "./model.ts";

/** What the service scheduler thinks of a running task. */
export type Verdict =
  | { readonly state: "healthy" }
  | { readonly state: "waiting" }
  | { readonly state: "unhealthy"; readonly event: string; readonly stoppedReason: string };

/** Registers a task's containers in its deployment's target groups. @throws Error when a container answers on no such port */
export function registerTargets(ecs: EcsContext, task: Task): void {
  if (!task.owner) return;
  const { service, deployment } = task.owner;
  deployment.revision.settings.loadBalancers.forEach((binding, index) => {
    const targetGroupArn = deployment.revision.targetGroupArns[index] ?? binding.targetGroupArn;
    const container = task.containers.find((candidate) => candidate.name === binding.containerName);
    const endpoint = container?.running?.endpoint(binding.containerPort);
    if (!endpoint) {
      throw new Error(
        `The container ${binding.containerName} did not have a container port ${binding.containerPort} defined.`,
      );
    }
    ecs.loadBalancing.register(targetGroupArn, endpoint);
    task.registrations.push({ targetGroupArn, endpoint, containerPort: binding.containerPort });
    record(ecs, service, `registered 1 targets in ${targetGroup(targetGroupArn)}`);
  });
}

const targetHealth = (
  ecs: EcsContext,
  { targetGroupArn, endpoint }: Registration,
): EndpointHealth | undefined =>
  ecs.loadBalancing
    .health(targetGroupArn)
    .find((entry) => entry.endpoint.host === endpoint.host && entry.endpoint.port === endpoint.port);

/** Takes a task's targets out of rotation and waits until they have drained. */
export async function deregisterTargets(ecs: EcsContext, task: Task): Promise<void> {
  const registrations = task.registrations;
  for (const { targetGroupArn, endpoint } of registrations) {
    ecs.loadBalancing.deregister(targetGroupArn, endpoint);
    if (task.owner)
      record(ecs, task.owner.service, `deregistered 1 targets in ${targetGroup(targetGroupArn)}`);
  }
  if (task.owner) record(ecs, task.owner.service, "has begun draining connections on 1 tasks.");
  const limit = ecs.clock.now() + ecs.pace.drainLimit;
  const draining = () =>
    registrations.some((registration) => targetHealth(ecs, registration)?.state === "draining");
  while (draining() && ecs.clock.now() < limit) await ecs.clock.sleep(ecs.pace.second, ecs.lifetime);
  task.registrations = [];
}

function targetVerdict(ecs: EcsContext, task: Task): Verdict {
  for (const registration of task.registrations) {
    const health = targetHealth(ecs, registration);
    if (health?.state === "unhealthy") {
      const group = targetGroup(registration.targetGroupArn);
      return {
        state: "unhealthy",
        event: `(task ${task.id}) (port ${registration.containerPort}) is unhealthy in ${group} due to (reason ${health.description ?? health.reason ?? "Health checks failed"})`,
        stoppedReason: `Task failed ELB health checks in ${group}`,
      };
    }
    if (health?.state !== "healthy") return { state: "waiting" };
  }
  return { state: "healthy" };
}

function containerVerdict(ecs: EcsContext, task: Task): Verdict {
  if (hasContainerCheck(task)) {
    const health = taskHealth(task);
    if (health === "UNHEALTHY") {
      const event = `(task ${task.id}) failed container health checks.`;
      return { state: "unhealthy", event, stoppedReason: "Task failed container health checks" };
    }
    return { state: health === "HEALTHY" ? "healthy" : "waiting" };
  }
  const settled =
    task.registrations.length > 0 ||
    ecs.clock.now() - (task.startedAt ?? ecs.clock.now()) >= ecs.pace.settling;
  return { state: settled ? "healthy" : "waiting" };
}

/** Judges a running task by its targets and its container checks; failures inside the grace period only make it wait. */
export function verdictOf(ecs: EcsContext, service: Service, task: Task): Verdict {
  if (task.lastStatus !== "RUNNING") return { state: "waiting" };
  const verdicts = [targetVerdict(ecs, task), containerVerdict(ecs, task)];
  const unhealthy = verdicts.find((verdict) => verdict.state === "unhealthy");
  if (unhealthy) {
    const graceEnds = (task.startedAt ?? 0) + (service.healthCheckGracePeriodSeconds ?? 0) * ecs.pace.second;
    return ecs.clock.now() < graceEnds ? { state: "waiting" } : unhealthy;
  }
  return verdicts.find((verdict) => verdict.state === "waiting") ?? { state: "healthy" };
}
