import type { Step } from "#ship/kit";
import { carryOut, planDefinition } from "../../task-definition/plan.ts";
import { wantedDefinition } from "../../task-definition/source.ts";
import { known } from "../journal.ts";
import { requireRoom } from "../ongoing.ts";
import { requireRest } from "../predecessor.ts";
import { writeRendered } from "../rendered.ts";
import type { Situation, Vacancy } from "../situation.ts";
import { nameOf, type Scene, said } from "./scene.ts";

/** Finds out whether a revision is to be registered, and registers it. Reads the service only to compare with what runs. */
export function registerStep(scene: Scene, situation: () => Promise<Situation | Vacancy | undefined>): Step {
  const { caller, run, request, journal } = scene;
  return {
    name: "Register the task definition",
    async verify() {
      const wanted = await wantedDefinition(caller, request.taskDefinition, request.changes, run.environment);
      // A service that cannot be read is the next step's problem to report.
      const found = await situation().catch(() => undefined);
      const service = found === undefined || "vacant" in found ? undefined : found;
      journal.plan = await planDefinition(caller, wanted, service?.running ?? []);
      if (journal.plan.action === "use") journal.taskDefinition = journal.plan.arn;
      if (service) {
        requireRoom(service, journal.taskDefinition);
        requireRest(service, journal.taskDefinition, request.onConflict, run);
      }
      return [];
    },
    async plan() {
      const plan = known(journal.plan, "The plan");
      await render(scene);
      return plan.action === "use"
        ? `nothing to register: ${plan.arn} is the same`
        : `register a new revision of ${plan.family}`;
    },
    async run() {
      const plan = known(journal.plan, "The plan");
      await render(scene);
      const arn = await carryOut(caller, plan);
      journal.taskDefinition = arn;
      run.setOutputs({ "task-definition-arn": arn });
      const isNew = plan.action === "register";
      return said(
        scene,
        isNew ? `${nameOf(arn)} is registered` : `${nameOf(arn)} is the same: nothing registered`,
      );
    },
  };
}

/** Without a service a later step may deploy what this one made of the document. */
async function render({ request, journal, run }: Scene): Promise<void> {
  if (request.target.kind !== "none") return;
  journal.rendered = await writeRendered(known(journal.plan, "The plan").body, run.environment);
}
