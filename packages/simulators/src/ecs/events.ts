import { randomUUID } from "node:crypto";
import type { EcsContext } from "./context.ts";
import { lastSegment } from "./identifiers.ts";
import type { Deployment, Service, Task } from "./model.ts";

const KEPT = 100;

/** Writes a service event; the newest 100 are kept, as in DescribeServices. */
export function record(ecs: EcsContext, service: Service, message: string): void {
  const event = { id: randomUUID(), at: ecs.clock.now(), message: `(service ${service.name}) ${message}` };
  service.events = [event, ...service.events].slice(0, KEPT);
}

/** `cluster/service` */
export const serviceName = ({ cluster, name }: Service) => `${cluster.name}/${name}`;

/** `family:revision` of what a deployment deploys. */
export const deployed = ({ revision }: Deployment) => lastSegment(revision.settings.taskDefinitionArn);

/** `(task a) (task b)` */
export const taskList = (tasks: readonly Task[]) => tasks.map((task) => `(task ${task.id})`).join(" ");

/** Target groups are named by ARN in events. */
export const targetGroup = (arn: string) => `(target-group ${arn})`;
