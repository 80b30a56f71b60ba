import { isShipError, ShipError } from "#ship/kit";
import { collectEvidence, type Evidence, eventKey, evidenceLines, headline } from "../../reasons/collect.ts";
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
  });
  scene.journal.evidence = evidence;
  return evidence;
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
