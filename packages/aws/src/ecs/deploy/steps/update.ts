import type { Run, Step } from "#ship/kit";
import { forceDeployment, updateService } from "../../api/services.ts";
import type { Recovery } from "../../deployment/recovery.ts";
import { decideChange } from "../change.ts";
import { known } from "../journal.ts";
import type { ServiceWishes } from "../request.ts";
import type { Situation } from "../situation.ts";
import { nameOf, type Scene, said } from "./scene.ts";

/** A way back is given this long at least, however short `wait-for-minutes` is, in milliseconds. */
export const shortestWayBack = 600_000;

/** Sends UpdateService, and goes back when a later step fails or the run is cancelled. */
export function updateStep(scene: Scene, situation: () => Promise<Situation>, wishes: ServiceWishes): Step {
  const { run, request, journal, safeguard } = scene;
  return {
    name: "Update the service",
    async verify() {
      journal.situation = await situation();
      return [];
    },
    async plan() {
      const change = decideChange(known(journal.situation, "The service"), journal.taskDefinition, wishes);
      journal.change = change;
      if (change.kind !== "update") return "nothing to update";
      const begins = change.begins === "no-deployment" ? [] : ["taskDefinition"];
      const members = new Set([...begins, ...Object.keys(change.update)]);
      return `update ${journal.situation?.address.service}: ${[...members].join(", ")}`;
    },
    async run() {
      const found = known(journal.situation, "The service");
      const ours = known(journal.taskDefinition, "The task definition");
      const change = decideChange(found, ours, wishes);
      journal.change = change;
      if (change.kind === "nothing")
        return said(scene, "nothing to update: what was asked for serves already");
      const recovery = recoveryOf(
        found,
        ours,
        change.kind === "update" ? change.update.desiredCount : undefined,
      );
      warnOfOthers(run, found, ours);
      journal.begunAt = scene.caller.session.clock.now();
      await safeguard.open(recovery, async (protectedCaller) => {
        if (change.kind === "adopt") return;
        if (change.begins === "forced-deployment")
          await forceDeployment(protectedCaller, found.address, change.update, found.service);
        else await updateService(protectedCaller, found.address, change.update);
      });
      if (change.kind === "adopt")
        return said(scene, "our revision is being rolled out already: waiting for it");
      const isRepeated = change.begins === "forced-deployment" && !wishes.force;
      const why = isRepeated ? ", forced because its last deployment failed" : "";
      return said(scene, `${found.address.service} → ${nameOf(ours)}${why}`);
    },
    async undo({ signal, log }) {
      const mayAct = run.signal.aborted ? request.rollback.onCancel : request.rollback.onFailure;
      if (!mayAct || journal.superseded) {
        log.info("The service is left as it is.");
        safeguard.close();
        return;
      }
      const patience = Math.max(request.waiting.timeout, shortestWayBack);
      const undone = await safeguard.restore(patience, request.waiting.every, signal);
      journal.restored = undone === "restored";
    },
  };
}

function recoveryOf(found: Situation, ours: string, desired: number | undefined): Recovery {
  const previous = found.pair ? found.service.taskDefinition : found.previous;
  const changesCount =
    found.pair !== undefined || (desired !== undefined && desired !== found.service.desired);
  return {
    address: found.address,
    ours,
    ...(previous !== undefined && { previous }),
    ...(changesCount && { desired: found.service.desired }),
    ...(found.pair && { idleBehind: { rule: found.pair.rule, targetGroup: found.pair.idleTargetGroup } }),
  };
}

function warnOfOthers(run: Run, found: Situation, ours: string): void {
  const primary = found.service.rollouts.find((rollout) => rollout.status === "PRIMARY");
  if (primary?.state !== "IN_PROGRESS" || primary.taskDefinition === ours) return;
  run.log.warning(
    `A deployment of ${nameOf(primary.taskDefinition)} is under way on ${found.address.service}; this one takes its place.`,
  );
}
