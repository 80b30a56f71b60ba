import { ShipError } from "#ship/kit";
import type { Caller } from "../api/caller.ts";
import {
  type AbsentService,
  lookUpServices,
  type ServiceAddress,
  type ServiceState,
} from "../api/services.ts";
import type { BalancerReader } from "../api/target-health.ts";
import { servingDefinition } from "../api/task-sets.ts";
import { deploymentsSoFar, type History, lastServing } from "../deployment/history.ts";
import { type Ongoing, readOngoing } from "./ongoing.ts";
import type { DeployTarget } from "./request.ts";

/** A service that is to be created. */
export interface Vacancy {
  readonly address: ServiceAddress;
  readonly vacant: AbsentService;
}

/** The service to update as it was found, with what is needed to tell our deployment from others and to go back. */
export interface Situation {
  readonly address: ServiceAddress;
  readonly service: ServiceState;
  readonly history: History;
  /** What last served; absent when nothing has. */
  readonly previous: string | undefined;
  /** Task definitions in service, the one that serves users first. */
  readonly running: readonly string[];
  readonly pair?: Pair;
}

/** Two services behind one listener rule. */
export interface Pair {
  readonly stable: ServiceState;
  readonly idle: ServiceState;
  readonly rule: string;
  readonly idleTargetGroup: string;
  /** A rollout that moves traffic between them: then `idle` is the release on trial, whatever traffic it has. */
  readonly rollout?: Ongoing;
}

/**
 * Reads one service.
 * @throws ShipError `INPUT_INVALID` for a controller that is neither ECS's own nor CodeDeploy
 */
export async function readSingle(caller: Caller, address: ServiceAddress): Promise<Situation | Vacancy> {
  const [service] = await lookUpServices(caller, address.cluster, [address.service], ["TAGS"]);
  if (service === undefined)
    throw new ShipError("NOT_FOUND", `The service ${address.service} does not exist.`);
  if ("absent" in service) return { address, vacant: service };
  if (service.controller === "CODE_DEPLOY") return taskSetSituation(address, service);
  checkController(service);
  return situationOf(caller, address, service, [service.taskDefinition]);
}

/** A service that CodeDeploy deploys: it has task sets, and no service deployments. */
export function taskSetSituation(address: ServiceAddress, service: ServiceState): Situation {
  const serving = servingDefinition(service);
  const others = service.taskSets.map((set) => set.taskDefinition);
  const running = [...new Set([serving ?? service.taskDefinition, ...others])];
  return { address, service, history: "closed", previous: serving, running };
}

/** The situation right after our own creation of the service: all there is belongs to us. */
export function createdSituation(address: ServiceAddress, service: ServiceState): Situation {
  const nothing = new Set<string>();
  return { address, service, history: { all: nothing, ended: nothing }, previous: undefined, running: [] };
}

/**
 * Reads both services and the rule's weights: the one whose target group has weight 0 is idle, or the one that a rollout
 * under way moves traffic to.
 * @throws ShipError `TARGET_AMBIGUOUS` while both have traffic, or neither
 */
export async function readPair(
  caller: Caller,
  balancers: BalancerReader,
  target: DeployTarget & { kind: "paired" },
): Promise<Situation> {
  const [states, weights, notes] = await Promise.all([
    lookUpServices(caller, target.cluster, target.services, ["TAGS"]),
    balancers.weights(target.listenerRule, caller),
    balancers.notes(target.listenerRule, caller),
  ]);
  const sides = states.map((service) => {
    if ("absent" in service) throw service.error;
    checkController(service);
    const [group, another] = service.targetGroups.filter((candidate) => weights.has(candidate));
    if (group === undefined || another !== undefined) {
      throw new ShipError(
        "TARGET_AMBIGUOUS",
        `The service ${service.name} must have exactly one target group on ${target.listenerRule}; its target groups are ${service.targetGroups.join(", ") || "none"}, the rule's are ${[...weights.keys()].join(", ") || "none"}.`,
        { hint: "Attach both services' target groups to the rule, one with weight 0." },
      );
    }
    return { service, group, weight: weights.get(group) ?? 0 };
  });
  const noted = readOngoing(notes, caller.session.clock.now());
  const onTrial = sides.find(({ group }) => group === noted?.canaryGroup);
  const rollout = noted?.isAlive || (onTrial?.weight ?? 0) > 0 ? noted : undefined;
  const [idle, none] = onTrial && rollout ? [onTrial] : sides.filter((side) => side.weight === 0);
  const stable = sides.find((side) => (onTrial && rollout ? side !== onTrial : side.weight > 0));
  if (!idle || !stable || none) {
    const found = sides.map((side) => `${side.service.name} has weight ${side.weight}`).join(", ");
    throw new ShipError(
      "TARGET_AMBIGUOUS",
      `One of the two services must have weight 0 on ${target.listenerRule}: ${found}.`,
    );
  }
  const pair = {
    stable: stable.service,
    idle: idle.service,
    rule: target.listenerRule,
    idleTargetGroup: idle.group,
    ...(onTrial && rollout ? { rollout } : {}),
  };
  const address = { cluster: target.cluster, service: idle.service.name };
  const running = [stable.service.taskDefinition, idle.service.taskDefinition];
  return { ...(await situationOf(caller, address, idle.service, running)), pair };
}

async function situationOf(
  caller: Caller,
  address: ServiceAddress,
  service: ServiceState,
  running: readonly string[],
): Promise<Situation> {
  const history = await deploymentsSoFar(caller, address);
  const previous = await lastServing(caller, address, service, history);
  return { address, service, history, previous, running };
}

function checkController(service: ServiceState): void {
  if (service.controller === "ECS") return;
  throw new ShipError(
    "INPUT_INVALID",
    `The service ${service.name} has the deployment controller ${service.controller}; this action deploys through ECS's own.`,
    {
      hint: "Change the service's deploymentController to ECS, or deploy it with the tool that manages its task sets.",
    },
  );
}
