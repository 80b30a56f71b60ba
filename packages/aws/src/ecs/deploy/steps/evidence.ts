import { isShipError, type RetryPolicy, ShipError } from "#ship/kit";
import type { ServiceState } from "../../api/services.ts";
import {
  collectEvidence,
  type Evidence,
  eventKey,
  evidenceLines,
  headline,
  unhealthyTargets,
} from "../../reasons/collect.ts";
import { sentences } from "../../reasons/sentence.ts";
import type { Situation } from "../situation.ts";
import type { Scene } from "./scene.ts";

/** One deployment of our revision, as far as reasons are concerned. */
export interface Attempt {
  readonly found: Situation;
  /** ARN of our task definition. */
  readonly ours: string;
  /** Rollout ids of other deployments. */
  readonly others: ReadonlySet<string>;
}

/** Collects why the attempt failed, for the error and the summary. */
export async function gatherEvidence(scene: Scene, { found, ours, others }: Attempt): Promise<Evidence> {
  const evidence = await collectEvidence({
    caller: scene.caller,
    balancers: scene.balancers,
    address: found.address,
    taskDefinition: ours,
    others,
    serviceDeployment: scene.journal.serviceDeployment,
    eventsBefore: new Set(found.service.events.map(eventKey)),
    logLines: scene.request.logLines,
    targetsBefore: scene.journal.ailing ?? [],
  });
  scene.journal.evidence = evidence;
  return evidence;
}

/** A look at what will be gone when the way back is done; it must not hold that up. */
const once: RetryPolicy = {
  attempts: 2,
  baseMilliseconds: 200,
  capMilliseconds: 500,
  budgetMilliseconds: 2_000,
};

/** Notes the targets that are unhealthy as the service turns back: their tasks are withdrawn now. What cannot be read is not noted. */
export async function noteTargets(
  { caller, balancers, journal }: Scene,
  service: ServiceState,
): Promise<void> {
  const quick = { ...caller, options: { ...caller.options, policy: once } };
  journal.ailing = await unhealthyTargets(quick, balancers, service).catch(() => []);
}

/**
 * Throws the error again, with the reasons where the release is to blame. After a cancellation there is no time for them,
 * and a service that cannot be reached has none to give.
 */
export async function explained(scene: Scene, attempt: Attempt, error: unknown): Promise<never> {
  const isOurs =
    isShipError(error) && (error.code === "DEPLOYMENT_TIMEOUT" || error.code === "DEPLOYMENT_FAILED");
  if (!isOurs || scene.run.signal.aborted) throw error;
  const evidence = await gatherEvidence(scene, attempt);
  throw new ShipError(error.code, sentences(error.message, headline(evidence)), {
    hint: error.hint,
    details: [...error.details, ...evidenceLines(evidence)],
    cause: error,
  });
}
