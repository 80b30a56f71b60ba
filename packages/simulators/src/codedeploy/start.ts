import { randomBytes } from "node:crypto";
import { trafficPlan } from "./configurations.ts";
import type { CodeDeployContext } from "./context.ts";
import type { Deployment, DeploymentGroup, LifecycleEvent } from "./model.ts";

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/** `d-` and nine capital letters or digits. */
const newId = () => `d-${[...randomBytes(9)].map((byte) => letters[byte % letters.length]).join("")}`;

function eventsOf(group: DeploymentGroup): LifecycleEvent[] {
  const test = group.routes.test.length > 0 ? ["AllowTestTraffic", "AfterAllowTestTraffic"] : [];
  const names = ["BeforeInstall", "Install", "AfterInstall", ...test];
  return [...names, "BeforeAllowTraffic", "AllowTraffic", "AfterAllowTraffic"].map((name) => ({
    name,
    status: "Pending",
  }));
}

/** What tells a new deployment apart. */
export interface DeploymentOrder {
  readonly group: DeploymentGroup;
  readonly configuration: string;
  readonly revision: Deployment["revision"];
  readonly creator: Deployment["creator"];
  /** The group's own when absent. */
  readonly rollsBackOn?: ReadonlySet<string>;
  readonly description?: string;
  readonly triggeredBy?: string;
}

/** Puts a new deployment on record, in status Created. */
export function newDeployment(context: CodeDeployContext, order: DeploymentOrder): Deployment {
  const previous = [...context.deployments.values()].findLast(
    ({ group, status }) => group === order.group && status === "Succeeded",
  );
  const deployment: Deployment = {
    ...order,
    rollsBackOn: order.rollsBackOn ?? order.group.rollsBackOn,
    ...(previous && { previous }),
    id: newId(),
    plan: trafficPlan(order.configuration),
    createdAt: context.clock.now(),
    status: "Created",
    events: eventsOf(order.group),
    traffic: 0,
    terminationWaitBegan: false,
    continued: new Set(),
    hooks: new Map(),
  };
  context.deployments.set(deployment.id, deployment);
  return deployment;
}
