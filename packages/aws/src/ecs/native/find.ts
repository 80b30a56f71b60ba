import { poll, ShipError } from "#ship/kit";
import type { Caller } from "../api/caller.ts";
import {
  type DeploymentState,
  describeServiceDeployment,
  listServiceDeployments,
} from "../api/service-deployments.ts";
import { describeService, type ServiceAddress, type ServiceState } from "../api/services.ts";
import { isOver } from "./standing.ts";

/** A deployment that has just been asked for may take a moment to be listed. Milliseconds. */
const listedWithin = 60_000;
const lookEvery = 2_000;

/**
 * The deployment of a service that is under way, or the newest one when that was successful. A service that is seen to be
 * deploying while its newest deployment is over is looked at again: "unchanged" must not be said of what has not begun.
 * @throws ShipError `NOT_FOUND` when there is none to lead, with how the newest one ended
 */
export async function findDeployment(
  caller: Caller,
  address: ServiceAddress,
  signal: AbortSignal,
): Promise<DeploymentState> {
  let newest: DeploymentState | undefined;
  let service: ServiceState | undefined;
  const found = await poll(
    async () => {
      service = await describeService(caller, address);
      newest = await newestDeployment(caller, address, service);
      if (newest && !isOver(newest)) return newest;
      const primary = service.rollouts.find((rollout) => rollout.status === "PRIMARY");
      return primary?.state === "IN_PROGRESS" ? undefined : (newest ?? "none");
    },
    {
      clock: caller.session.clock,
      signal,
      everyMilliseconds: lookEvery,
      timeoutMilliseconds: listedWithin,
      onTimeout: () =>
        nothingToLead(address, newest, `${service?.name} deploys, but no deployment is listed`),
    },
  );
  if (found === "none") throw nothingToLead(address, undefined, "it has never had one");
  if (isOver(found) && found.status !== "SUCCESSFUL")
    throw nothingToLead(address, found, "none is under way");
  return found;
}

async function newestDeployment(
  caller: Caller,
  address: ServiceAddress,
  service: ServiceState,
): Promise<DeploymentState | undefined> {
  const arn = service.currentDeployment ?? (await listServiceDeployments(caller, address, {}))[0]?.arn;
  return arn === undefined ? undefined : describeServiceDeployment(caller, arn);
}

function nothingToLead(
  { service }: ServiceAddress,
  newest: DeploymentState | undefined,
  why: string,
): ShipError {
  const last = newest ? ` The newest ended as ${newest.status}: ${newest.reason || "no reason given"}` : "";
  return new ShipError("NOT_FOUND", `There is no deployment of ${service} to lead: ${why}.${last}`, {
    hint: "Start one with UpdateService, with PAUSE hooks in the service's deployment configuration, then run this.",
  });
}
