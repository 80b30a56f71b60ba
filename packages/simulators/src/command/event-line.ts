import type { StoppedContainer, WorldEvent } from "../world-events.ts";

/** One line about what happened in the account; it begins with `*`, as no line about a call does. */
export function eventLine(event: WorldEvent): string {
  switch (event.kind) {
    case "deployment started":
      return `* ${event.service}: deployment of ${event.taskDefinition} started (${event.strategy})`;
    case "rollback started":
      return `* ${event.service}: rolling back to ${event.taskDefinition}: ${event.reason}`;
    case "deployment ended":
      return `* ${event.service}: deployment of ${event.taskDefinition} ended ${event.status}${event.reason === undefined ? "" : `: ${event.reason}`}`;
    case "task stopped": {
      const containers = event.containers.map(fate).join("");
      return `* task ${event.task.slice(0, 8)} of ${event.group} (${event.taskDefinition}) stopped, ${event.stopCode}: ${event.reason}${containers}`;
    }
    case "weights changed": {
      const weights = [...event.weights].map(([arn, weight]) => `${groupName(arn)} ${weight}`).join(", ");
      return `* ${place(event.ruleArn)}: weights are ${weights || "gone, nothing is forwarded"}`;
    }
  }
}

function fate({ name, exitCode, reason }: StoppedContainer): string {
  const exit = exitCode === undefined ? "never ran" : `exited with ${exitCode}`;
  return `; ${name} ${exit}${reason === undefined ? "" : ` (${reason})`}`;
}

/** `targetgroup/<name>/<id>` is the end of a target group's ARN. */
const groupName = (arn: string) => arn.split("/")[1] ?? arn;

/** `listener-rule/app/<load balancer>/…/<rule>` is the end of a rule's ARN. */
function place(ruleArn: string): string {
  const [, , balancer = ruleArn] = ruleArn.split("/");
  return `load balancer ${balancer}, rule ${ruleArn.slice(ruleArn.lastIndexOf("/") + 1)}`;
}
