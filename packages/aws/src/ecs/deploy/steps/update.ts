import type { Step } from "#ship/kit";
import { forceDeployment, updateService } from "../../api/services.ts";
import { forgetMark, markOf } from "../../deployment/marks.ts";
import type { Recovery } from "../../deployment/recovery.ts";
import { type Change, decideChange } from "../change.ts";
import { known } from "../journal.ts";
import { looseSettings } from "../loose-settings.ts";
import { awaitRest, describe, reportMark, requireRest, underWay } from "../predecessor.ts";
import type { ServiceWishes } from "../request.ts";
import { serviceDifferences } from "../settings.ts";
import type { Situation } from "../situation.ts";
import { leaveMark } from "./mark.ts";
import { nameOf, remaining, type Scene, said } from "./scene.ts";

/** A way back is given this long at least, however short `wait-for-minutes` is, in milliseconds. */
export const shortestWayBack = 180_000;

/** Reads the service as it is now. */
export type ReadSituation = () => Promise<Situation>;

/** Sends UpdateService, and goes back when a later step fails or the run is cancelled. */
export function updateStep(
  scene: Scene,
  situation: ReadSituation,
  readAgain: ReadSituation,
  wishes: ServiceWishes,
): Step {
  const { run, request, journal, safeguard } = scene;
  return {
    name: "Update the service",
    async verify() {
      journal.situation = await situation();
      return [];
    },
    async plan() {
      const found = known(journal.situation, "The service");
      const change = decideChange(found, journal.taskDefinition, wishes);
      journal.change = change;
      if (change.kind !== "update") return "nothing to update";
      journal.serviceDifferences = serviceDifferences(found.service, change.update);
      const begins = journal.taskDefinition === undefined ? ["taskDefinition"] : [];
      const members = new Set([...begins, ...Object.keys(change.update)]);
      return `update ${found.address.service}: ${[...members].join(", ")}`;
    },
    async run({ signal }) {
      const ours = known(journal.taskDefinition, "The task definition");
      journal.begunAt = scene.caller.session.clock.now();
      const found = await makeRoom(scene, ours, readAgain, wishes, signal);
      const change = decideChange(found, ours, wishes);
      journal.change = change;
      if (change.kind === "nothing") {
        await forgetMark(scene.caller, found.service);
        return said(scene, "nothing to update: what was asked for serves already");
      }
      if (change.kind === "update")
        journal.serviceDifferences = serviceDifferences(found.service, change.update);
      const deadline = journal.begunAt + request.waiting.timeout;
      const marked = { address: found.address, arn: found.service.arn };
      await leaveMark(scene, marked, markOf(run, ours, deadline));
      await safeguard.open(recoveryOf(found, ours, change), async (protectedCaller) => {
        if (change.kind !== "update") return;
        const answer =
          change.begins === "forced-deployment"
            ? await forceDeployment(protectedCaller, found.address, change.update, found.service)
            : await updateService(protectedCaller, found.address, change.update);
        if (change.begins !== "no-deployment" && isNew(answer.currentDeployment, found))
          safeguard.found(answer.currentDeployment);
      });
      if (change.kind !== "update")
        return said(scene, "our revision is being rolled out already: waiting for it");
      const isRepeated = change.begins === "forced-deployment" && !wishes.force;
      const why = isRepeated ? ", forced because its last deployment failed" : "";
      return said(scene, `${found.address.service} → ${nameOf(ours)}${why}`);
    },
    async undo({ signal, log }) {
      const mayAct = run.signal.aborted ? request.rollback.onCancel : request.rollback.onFailure;
      const patience = Math.max(request.waiting.timeout, shortestWayBack);
      if (journal.superseded) {
        log.info("The service is left to the deployment that took over.");
        safeguard.close();
      } else if (mayAct) {
        const undone = await safeguard.restore(patience, request.waiting.every, signal);
        journal.restored = undone === "restored" || undone === "insisted";
        journal.insisted = undone === "insisted";
        journal.untouched = undone === "untouched";
      } else if (journal.returning) {
        journal.restored = await safeguard.observe(patience, request.waiting.every, signal);
      } else {
        const because = run.signal.aborted ? "rollback-on-cancel" : "rollback-on-failure";
        log.info(`The service is left as it is (\`${because}: false\`).`);
        journal.left = true;
        safeguard.close();
      }
    },
  };
}

/** True for a service deployment that was not there before our update: one that can be stopped before it is even listed. */
function isNew(deployment: string | undefined, { service, history }: Situation): deployment is string {
  if (deployment === undefined || history === "closed") return false;
  return deployment !== service.currentDeployment && !history.all.has(deployment);
}

/** Deals with a predecessor that is still under way, by the policy, and reads the service again when it had to be waited for. */
async function makeRoom(
  scene: Scene,
  ours: string,
  readAgain: ReadSituation,
  wishes: ServiceWishes,
  signal: AbortSignal,
): Promise<Situation> {
  const { caller, run, request, journal } = scene;
  const found = known(journal.situation, "The service");
  reportMark(found.service, ours, run);
  const other = underWay(found.service, run);
  const isNothing = decideChange(found, ours, wishes).kind === "nothing";
  const isOurs = other?.rollout.taskDefinition === ours && !wishes.force;
  if (!other || isNothing || isOurs || found.pair) return found;
  if (request.onConflict === "fail") requireRest(found, ours, "fail", run);
  if (request.onConflict === "supersede") {
    run.log.warning(
      `${describe(found.service, other)} This one takes its place (\`on-conflict: supersede\`).`,
    );
    return found;
  }
  const answer = await awaitRest({
    caller,
    run,
    situation: found,
    every: request.waiting.every,
    timeout: remaining(scene),
    rollsBack: request.rollback.onFailure,
    signal,
  });
  const now = await readAgain();
  journal.situation = now;
  // Who begins the next deployment in between is waited for, too, within the same time.
  const isTaken = answer === "rest" && underWay(now.service, run) !== undefined;
  return isTaken ? makeRoom(scene, ours, readAgain, wishes, signal) : now;
}

function recoveryOf(found: Situation, ours: string, change: Change): Recovery {
  const desired = change.kind === "update" ? change.update.desiredCount : undefined;
  const settings = change.kind === "update" ? change.former : {};
  const loose = change.kind === "update" ? looseSettings(found.service, change.update) : undefined;
  const previous = found.pair ? found.service.taskDefinition : found.previous;
  const changesCount =
    found.pair !== undefined || (desired !== undefined && desired !== found.service.desired);
  return {
    address: found.address,
    ours,
    ...(found.service.currentDeployment !== undefined && { before: found.service.currentDeployment }),
    ...(previous !== undefined && { previous }),
    ...(changesCount && { desired: found.service.desired }),
    ...(Object.keys(settings).length > 0 && { settings }),
    ...(loose && { loose }),
    ...(found.pair && { idleBehind: { rule: found.pair.rule, targetGroup: found.pair.idleTargetGroup } }),
  };
}
