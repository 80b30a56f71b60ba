import { poll, ShipError } from "#ship/kit";
import type { Caller } from "../api/caller.ts";
import { describeService, type ServiceState, type ServiceUpdate, updateService } from "../api/services.ts";
import type { LooseSettings, Recovery } from "../deployment/recovery.ts";
import { type Fields, isFields } from "../task-definition/schema.ts";
import { beginsDeployment, covers, usualOf } from "./settings.ts";

/** What the API means by leaving these members of deploymentConfiguration out (API reference: DeploymentConfiguration). */
const usualConfiguration: Fields = {
  alarms: { alarmNames: [], enable: false, rollback: false },
  deploymentCircuitBreaker: { enable: false, rollback: false },
  lifecycleHooks: [],
};
/** The answers may lag behind the update. Milliseconds. */
const seenWithin = 20_000;

/** What an update changes that belongs to no revision, and how it was; the number of tasks is kept elsewhere. */
export function looseSettings(service: ServiceState, update: ServiceUpdate): LooseSettings | undefined {
  const loose = Object.entries(update).filter(
    ([member]) => !["taskDefinition", "desiredCount"].includes(member) && !beginsDeployment({ [member]: 0 }),
  );
  const pairs = loose
    .map(([member, sent]) => [member, sent, formerOf(service, member, sent)] as const)
    .filter(([, , former]) => former !== undefined);
  if (pairs.length === 0) return undefined;
  return {
    sent: Object.fromEntries(pairs.map(([member, sent]) => [member, sent])),
    former: Object.fromEntries(pairs.map(([member, , former]) => [member, former])),
  };
}

function formerOf({ settings }: ServiceState, member: string, sent: unknown): unknown {
  const former = settings[member];
  if (member === "deploymentConfiguration" && isFields(sent)) {
    const usual = Object.keys(sent).map((key) => [key, usualConfiguration[key] ?? usualOf(key)]);
    const meant = usual.filter(([, value]) => value !== undefined);
    return { ...Object.fromEntries(meant), ...(isFields(former) ? former : {}) };
  }
  return former ?? (Array.isArray(sent) ? [] : usualOf(member));
}

/**
 * Gives a service back the settings that this run changed, where they still are what this run made them, and sees that
 * they are.
 * @returns names of the members that were brought back
 * @throws ShipError `DEPLOYMENT_TIMEOUT` when they were sent but are not seen
 */
export async function restoreSettings(
  caller: Caller,
  { address, loose }: Pick<Recovery, "address" | "loose">,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (loose === undefined) return [];
  const { sent, former } = loose;
  const found = await describeService(caller, address);
  const isBack = (service: ServiceState, member: string) => covers(service.settings[member], former[member]);
  const members = Object.keys(former).filter(
    (member) => covers(found.settings[member], sent[member]) && !isBack(found, member),
  );
  if (members.length === 0) return [];
  const back = Object.fromEntries(members.map((member) => [member, former[member]]));
  const answered = await updateService(caller, address, back);
  const areBack = (service: ServiceState) => members.every((member) => isBack(service, member));
  if (areBack(answered)) return members;
  return poll(async () => (areBack(await describeService(caller, address)) ? members : undefined), {
    clock: caller.session.clock,
    everyMilliseconds: 2_000,
    timeoutMilliseconds: seenWithin,
    signal,
    onTimeout: () =>
      new ShipError(
        "DEPLOYMENT_TIMEOUT",
        `The former ${members.join(", ")} of ${address.service} was sent but is not seen.`,
      ),
  });
}
