import type { ServiceState } from "../api/services.ts";
import type { Difference } from "../task-definition/diff.ts";
import { type Fields, isFields } from "../task-definition/schema.ts";
import type { JsonFields } from "./request.ts";
import { withoutNulls } from "./wishes.ts";

/** Members of UpdateService whose change begins a deployment by itself (API reference: UpdateService). */
const beginning = new Set([
  "networkConfiguration",
  "loadBalancers",
  "platformVersion",
  "serviceRegistries",
  "serviceConnectConfiguration",
  "volumeConfigurations",
  "vpcLatticeConfigurations",
]);

/** What the API means by leaving a member out, at any depth (API reference: Service, DeploymentConfiguration and their members). */
const usual: Fields = {
  assignPublicIp: "DISABLED",
  bakeTimeInMinutes: 0,
  base: 0,
  deploymentController: { type: "ECS" },
  enable: false,
  enableECSManagedTags: false,
  enableExecuteCommand: false,
  healthCheckGracePeriodSeconds: 0,
  maximumPercent: 200,
  minimumHealthyPercent: 100,
  propagateTags: "NONE",
  resetOnHealthyTask: true,
  rollback: false,
  serviceConnectConfiguration: { enabled: false },
  strategy: "ROLLING",
};

/** What the API means by leaving a member of a service or its configuration out; `undefined` where that is not fixed. */
export function usualOf(member: string): unknown {
  return usual[member];
}

/** The members asked for that differ from what the service has; only these are sent. */
export function changedMembers(service: ServiceState, members: JsonFields): Fields {
  return Object.fromEntries(
    Object.entries(withoutNulls(members)).filter(
      ([member, asked]) => !covers(service.settings[member] ?? usual[member], asked),
    ),
  );
}

/** True when a change of these members begins a deployment though the task definition stays. */
export function beginsDeployment(changed: Fields): boolean {
  return Object.keys(changed).some((member) => beginning.has(member));
}

/** What the members that begin a deployment were before, in the words of UpdateService: an empty list for nothing. */
export function formerMembers(service: ServiceState, changed: Fields): Fields {
  const members = Object.entries(changed).filter(([member]) => beginning.has(member));
  return Object.fromEntries(
    members.map(([member, value]) => [
      member,
      service.settings[member] ?? (Array.isArray(value) ? [] : null),
    ]),
  );
}

/**
 * The whole configuration with the wish laid over it when that changes anything, since whether ECS keeps members that are
 * left out is not documented. Settings of a strategy that is left behind go with it.
 */
export function changedConfiguration(service: ServiceState, wish: JsonFields): Fields | undefined {
  const asked = withoutNulls(wish);
  const present: unknown = service.configuration;
  const current = isFields(present) ? present : {};
  if (covers(current, asked)) return undefined;
  const strategy = asked["strategy"] ?? current["strategy"];
  const left = Object.entries(ownedBy)
    .filter(([member, owner]) => owner !== (strategy ?? "ROLLING") && asked[member] === undefined)
    .map(([member]) => member);
  const kept = Object.entries(current).filter(([member]) => !left.includes(member));
  return laidOver(Object.fromEntries(kept), asked);
}

/** The strategy that each of these members belongs to. */
const ownedBy: Readonly<Record<string, string>> = {
  linearConfiguration: "LINEAR",
  canaryConfiguration: "CANARY",
  earlySuccessCriteria: "ROLLING",
};

/** What changes of the service, for people. */
export function serviceDifferences(service: ServiceState, update: Fields): readonly Difference[] {
  return Object.entries(update)
    .filter(([member]) => member !== "taskDefinition")
    .flatMap(([member, value]) => differencesOf(`service: ${member}`, service.settings[member], value));
}

function differencesOf(what: string, before: unknown, after: unknown): Difference[] {
  if (isFields(before) && isFields(after)) {
    return Object.keys(after).flatMap((key) => differencesOf(`${what}.${key}`, before[key], after[key]));
  }
  return covers(before, after) ? [] : [{ what, before: shown(before), after: shown(after) }];
}

function shown(value: unknown): string {
  if (value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

function laidOver(current: Fields, asked: Fields): Fields {
  const merged = Object.entries(asked).map(([key, value]): [string, unknown] => {
    const before = current[key];
    return [key, isFields(before) && isFields(value) ? laidOver(before, value) : value];
  });
  return { ...current, ...Object.fromEntries(merged) };
}

/** True when what is there has all that is asked for; what is left out of it counts as what the API means by that. */
export function covers(present: unknown, asked: unknown): boolean {
  if (asked === null || asked === undefined) return true;
  if (Array.isArray(asked)) {
    const list = Array.isArray(present) ? present : [];
    if (list.length !== asked.length) return false;
    const [one, other] = asked.every((item) => typeof item === "string")
      ? [list.toSorted(), asked.toSorted()]
      : [list, asked];
    return other.every((item, index) => covers(one[index], item));
  }
  if (isFields(asked)) {
    const fields = isFields(present) ? present : {};
    return Object.entries(asked).every(([key, value]) => covers(fields[key] ?? usual[key], value));
  }
  return present === asked;
}
