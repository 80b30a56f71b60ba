import { isShipError, messageOf, type Step } from "#ship/kit";
import { deregisterTaskDefinition } from "../../api/families.ts";
import { sentences } from "../../reasons/sentence.ts";
import { known } from "../journal.ts";
import { removableRevisions } from "../old-revisions.ts";
import { nameOf, type Scene, said } from "./scene.ts";

/**
 * Deregisters old revisions once the new one serves. What cannot be told or done is said and left: a deployment that
 * succeeded does not fail over it.
 */
export function cleanUpStep(scene: Scene, keep: number): Step {
  const { caller, run, journal } = scene;
  return {
    name: "Remove old revisions",
    plan: async () => `keep the ${keep} newest revisions of the family, and those in use`,
    async run() {
      const ours = known(journal.taskDefinition, "The task definition");
      const { situation } = journal;
      const served = [situation?.previous, situation?.pair?.stable.taskDefinition].filter(
        (arn) => arn !== undefined,
      );
      try {
        const removable = await removableRevisions(caller, {
          ours,
          served,
          keep,
          own: situation && { cluster: situation.service.clusterArn, service: situation.service.arn },
        });
        for (const arn of removable) await deregisterTaskDefinition(caller, arn);
        const names = removable.map(nameOf).join(", ");
        return said(scene, removable.length === 0 ? "no revision is old enough" : `deregistered ${names}`);
      } catch (error) {
        if (!isShipError(error) || error.kind === "cancelled") throw error;
        run.log.warning(sentences("Old revisions were not removed", messageOf(error)));
        return "not removed";
      }
    },
  };
}
