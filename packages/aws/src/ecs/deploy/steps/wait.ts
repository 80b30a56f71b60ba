import type { Step } from "#ship/kit";
import { failureOf } from "../../deployment/verdict.ts";
import { awaitDeployment } from "../../deployment/wait.ts";
import { evidenceLines, headline } from "../../reasons/collect.ts";
import { sentences } from "../../reasons/sentence.ts";
import type { Change } from "../change.ts";
import { awaitHealthyTargets } from "../health.ts";
import { known } from "../journal.ts";
import type { Situation } from "../situation.ts";
import { explained, gatherEvidence, noteTargets } from "./evidence.ts";
import { nameOf, remaining, type Scene, said } from "./scene.ts";

/** Waits for our deployment, and for healthy targets where a candidate is to take traffic later. */
export function waitStep(scene: Scene): Step {
  const { caller, run, request, journal, safeguard, balancers } = scene;
  return {
    name: "Wait until it serves",
    plan: async () =>
      request.waitUntil.kind === "none"
        ? "do not wait"
        : `wait at most ${Math.round(request.waiting.timeout / 60_000)} minutes`,
    async run({ signal }) {
      const found = known(journal.situation, "The service");
      const change = known(journal.change, "The change");
      if (change.kind === "nothing") return "nothing to wait for";
      const ours = known(journal.taskDefinition, "The task definition");
      const { waitUntil: until } = request;
      if (until.kind === "none")
        return said(scene, "not waited for: whether the revision comes to serve is not known");
      const others = otherRollouts(
        found,
        ours,
        change.kind === "update" && change.begins !== "no-deployment",
      );
      const attempt = { found, ours, others };
      const verdict = await awaitDeployment({
        caller,
        address: found.address,
        expected: { taskDefinition: ours, previous: found.previous, others, begun: change.kind === "adopt" },
        before: historyFor(found, change),
        everyMilliseconds: request.waiting.every,
        timeoutMilliseconds: remaining(scene),
        ...(until.kind === "stage" && { stage: until.stage }),
        signal,
        onFound(serviceDeployment) {
          journal.serviceDeployment = serviceDeployment;
          safeguard.found(serviceDeployment);
          run.setOutputs({ "service-deployment-arn": serviceDeployment });
        },
        onTurn: (service) => noteTargets(scene, service),
        onPause(stage, hook) {
          run.setOutputs({ "lifecycle-stage": stage, "hook-id": hook });
        },
      }).catch((error: unknown) => explained(scene, attempt, error));
      if (verdict.kind === "reached") {
        journal.reached = verdict.stage;
        run.setOutputs({ "lifecycle-stage": verdict.stage });
        return said(scene, `${nameOf(ours)} has reached ${verdict.stage}; Amazon ECS goes on from there`);
      }
      if (verdict.kind !== "serving") {
        journal.returning = verdict.kind === "rolled-back";
        journal.superseded = verdict.kind === "superseded";
        journal.unreturned = verdict.kind === "rollback-failed";
        if (verdict.kind !== "failing") safeguard.ended();
        const evidence = await gatherEvidence(scene, attempt);
        const reason = sentences(verdict.reason, headline(evidence));
        throw failureOf({ ...verdict, reason }, ours, evidenceLines(evidence));
      }
      safeguard.ended();
      const desired = found.pair ? wantedCount(found, change) : verdict.desired;
      journal.idle = desired === 0;
      if (found.pair) {
        const patience = { every: request.waiting.every, timeout: remaining(scene), signal };
        const group = found.pair.idleTargetGroup;
        await awaitHealthyTargets(caller, balancers, group, desired, patience).catch((error: unknown) =>
          explained(scene, attempt, error),
        );
      }
      return said(
        scene,
        desired === 0 ? "nothing runs: the desired count is 0" : `${desired} tasks run ${nameOf(ours)}`,
      );
    },
  };
}

/** The rollouts that were there before ours: all of them when ours is to begin, those of other revisions otherwise. */
function otherRollouts(found: Situation, ours: string, begins: boolean): ReadonlySet<string> {
  const others = found.service.rollouts.filter((rollout) => begins || rollout.taskDefinition !== ours);
  return new Set(others.map((rollout) => rollout.id));
}

/** What tells our service deployment apart; a change that begins none is judged by rollout states. */
function historyFor({ history }: Situation, change: Change): ReadonlySet<string> | "closed" {
  if (history === "closed" || (change.kind === "update" && change.begins === "no-deployment"))
    return "closed";
  return change.kind === "adopt" ? history.ended : history.all;
}

function wantedCount(found: Situation, change: Change): number {
  const asked = change.kind === "update" ? change.update.desiredCount : undefined;
  return asked ?? found.service.desired;
}
