import { isShipError } from "#ship/kit";
import { isClosed } from "../../errors.ts";
import type { Caller } from "../api/caller.ts";
import { activeRevisions, clusters, familyIn, servicesOf } from "../api/families.ts";
import { lookUpServices } from "../api/services.ts";

/** What is to be kept of a family. ARNs. */
export interface Keep {
  /** The revision that was deployed. */
  readonly ours: string;
  /** What served before, which a rollback goes to. */
  readonly served: readonly string[];
  /** Number of newest revisions to keep, ours among them. */
  readonly keep: number;
  /** ARNs of the service that was deployed to, and of its cluster. */
  readonly own: { readonly cluster: string; readonly service: string } | undefined;
}

/**
 * ARNs of the ACTIVE revisions that nothing needs any more, the oldest first: beyond the newest ones, and on no service of
 * any cluster, whether it serves there, is being deployed or on its way out.
 */
export async function removableRevisions(
  caller: Caller,
  { ours, served, keep, own }: Keep,
): Promise<string[]> {
  const old = (await activeRevisions(caller, familyIn(ours))).slice(keep);
  const kept = new Set([ours, ...served]);
  if (old.every((arn) => kept.has(arn))) return [];
  for (const arn of await revisionsInUse(caller, own)) kept.add(arn);
  return old.filter((arn) => !kept.has(arn)).toReversed();
}

async function revisionsInUse(caller: Caller, own: Keep["own"]): Promise<string[]> {
  const used: string[] = [];
  const mostPerCall = 10;
  for (const each of await clustersToLookAt(caller, own?.cluster)) {
    const arns = await servicesToLookAt(caller, each, own);
    for (let start = 0; start < arns.length; start += mostPerCall) {
      const services = await lookUpServices(caller, each, arns.slice(start, start + mostPerCall));
      for (const service of services) {
        if ("absent" in service) continue;
        const tasks = [...service.rollouts, ...service.taskSets];
        used.push(service.taskDefinition, ...tasks.map(({ taskDefinition }) => taskDefinition));
      }
    }
  }
  return used;
}

async function clustersToLookAt(caller: Caller, own: string | undefined): Promise<string[]> {
  try {
    return await clusters(caller);
  } catch (error) {
    if (!isClosed(error) || own === undefined) throw error;
    caller.session.log.warning(
      `Only the services of ${own} were asked what they run, not those of other clusters: ${error.message}`,
    );
    return [own];
  }
}

/** At an endpoint that cannot list services, which AWS itself always can, there is only the one that is known. */
async function servicesToLookAt(caller: Caller, cluster: string, own: Keep["own"]): Promise<string[]> {
  try {
    return await servicesOf(caller, cluster);
  } catch (error) {
    if (!isShipError(error) || error.code !== "OPERATION_UNKNOWN" || !own) throw error;
    caller.session.log.warning(`Only ${own.service} was asked what it runs: ${error.message}`);
    return [own.service];
  }
}
