import { isShipError, type ShipError } from "#ship/kit";
import { isClosed, isForeign } from "../../errors.ts";
import type { Caller } from "../api/caller.ts";
import { type DeploymentEntry, listServiceDeployments } from "../api/service-deployments.ts";
import { taskDefinitionsOf } from "../api/service-revisions.ts";
import type { ServiceAddress, ServiceState } from "../api/services.ts";
import { isCompleted } from "./completed.ts";

/** ARNs of the service deployments that were there before this run. */
export interface Past {
  readonly all: ReadonlySet<string>;
  /** Those that had ended, well or not. */
  readonly ended: ReadonlySet<string>;
}

/** The service's deployment history as far as it is needed, or that it is closed to this job: refused, or unknown to the endpoint. */
export type History = Past | "closed";

/** Statuses after which a service deployment never moves again (API reference, ServiceDeployment). */
const terminal = new Set(["SUCCESSFUL", "STOPPED", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED"]);

const day = 86_400_000;

/**
 * The service deployments that exist before ours begins. Yesterday's are enough to tell ours from others, and leave a
 * clock that is wrong by hours harmless.
 */
export async function deploymentsSoFar(caller: Caller, address: ServiceAddress): Promise<History> {
  try {
    const entries = await listServiceDeployments(caller, address, {
      createdAfter: caller.session.clock.now() - day,
    });
    const ended = entries.filter((entry) => terminal.has(entry.status));
    return {
      all: new Set(entries.map((entry) => entry.arn)),
      ended: new Set(ended.map((entry) => entry.arn)),
    };
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    return withoutDeployments(caller, error);
  }
}

/**
 * True when the history of a service that was just described can be read neither now nor later: the call is closed to this
 * job, not known to the endpoint, or refused, as regions without it do (API reference, UnsupportedFeatureException).
 */
export function isUnreadable(error: unknown): error is ShipError {
  const isRefused = isShipError(error) && ["REQUEST_REJECTED", "NOT_FOUND"].includes(error.code);
  return isRefused || isClosed(error) || isForeign(error);
}

/** Says once that success will be judged by rollout states, and why. */
export function withoutDeployments(caller: Caller, closed: Error): "closed" {
  caller.session.log.warning(
    `Service deployments cannot be read (${closed.message}); success is judged by rollout states instead.`,
  );
  return "closed";
}

/** What was found of the deployment that this run is responsible for. */
export interface Found {
  readonly ours?: DeploymentEntry;
  /** A deployment of another revision that began after ours. */
  readonly successor?: DeploymentEntry;
}

/**
 * Looks for our deployment: one that was not there before and whose target revision carries our task definition, so that
 * neither clocks nor other runs can mislead. The history may lag behind UpdateService; then nothing is found yet.
 */
export async function findDeployment(
  caller: Caller,
  address: ServiceAddress,
  taskDefinition: string,
  before: ReadonlySet<string>,
): Promise<Found> {
  const entries = await listServiceDeployments(caller, address, {
    createdAfter: caller.session.clock.now() - day,
  });
  const fresh = entries.filter((entry) => !before.has(entry.arn));
  if (fresh.length === 0) return {};
  const definitions = await taskDefinitionsOf(caller, [
    ...new Set(fresh.map((entry) => entry.targetRevision).filter((arn) => arn !== "")),
  ]);
  const index = fresh.findIndex((entry) => definitions.get(entry.targetRevision) === taskDefinition);
  const ours = fresh[index];
  const successor = fresh
    .slice(0, index === -1 ? undefined : index)
    .find((entry) => definitions.get(entry.targetRevision) !== taskDefinition);
  return { ...(ours && { ours }), ...(successor && { successor }) };
}

/**
 * The task definition that last served: what the service runs when it is steady, else what an older deployment still
 * runs, else the newest successful deployment's. Never "revision minus one", which may not have served at all.
 * @returns `undefined` when nothing has served yet, or the history may not be read
 */
export async function lastServing(
  caller: Caller,
  address: ServiceAddress,
  service: ServiceState,
  history: History,
): Promise<string | undefined> {
  const completed = service.rollouts.find((rollout) => isCompleted(service, rollout));
  if (completed) return completed.taskDefinition;
  if (history === "closed")
    return service.rollouts.find((rollout) => rollout.status === "ACTIVE")?.taskDefinition;
  const [newest] = await listServiceDeployments(caller, address, { status: ["SUCCESSFUL"] });
  if (!newest) return undefined;
  try {
    return (await taskDefinitionsOf(caller, [newest.targetRevision])).get(newest.targetRevision);
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    caller.session.log.warning(`What served before is not known: ${error.message}`);
    return service.rollouts.find((rollout) => rollout.status === "ACTIVE")?.taskDefinition;
  }
}
