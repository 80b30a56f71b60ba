import type { Step } from "#ship/kit";
import { createService } from "../../api/services.ts";
import { markOf } from "../../deployment/marks.ts";
import type { Fields } from "../../task-definition/schema.ts";
import { known } from "../journal.ts";
import type { ServiceWishes } from "../request.ts";
import { createdSituation, type Vacancy } from "../situation.ts";
import { withoutNulls } from "../wishes.ts";
import { leaveMark } from "./mark.ts";
import { nameOf, type Scene, said } from "./scene.ts";

/** A service that does not exist, and the document that it is created from. */
export interface Creation extends Vacancy {
  readonly document: Fields;
  /** Deployment controller that it will have: `ECS` or `CODE_DEPLOY`. */
  readonly controller: string;
}

/**
 * Creates the service with our revision. When that fails it stays, since nothing served before that could be brought back:
 * the next run finds and repairs it.
 */
export function createStep(scene: Scene, { address, document }: Creation, wishes: ServiceWishes): Step {
  const { caller, run, request, journal } = scene;
  return {
    name: "Create the service",
    async plan() {
      journal.change = { kind: "create" };
      return `create ${address.service} in ${address.cluster}`;
    },
    async run() {
      const ours = known(journal.taskDefinition, "The task definition");
      journal.begunAt = caller.session.clock.now();
      journal.change = { kind: "create" };
      const service = await createService(caller, address, {
        ...requestOf(document, wishes),
        taskDefinition: ours,
      });
      journal.situation = createdSituation(address, service);
      const deadline = journal.begunAt + request.waiting.timeout;
      await leaveMark(scene, { address, arn: service.arn }, markOf(run, ours, deadline));
      return said(scene, `${service.name} is created with ${nameOf(ours)}`);
    },
    async undo({ log }) {
      log.warning(
        journal.situation
          ? `Nothing served before this run created ${journal.situation.service.name}, so there is nothing to go back to: it stays, and the next run puts its revision on it.`
          : "The service may have been created all the same; the next run finds it.",
      );
      journal.left = true;
      journal.created = journal.situation !== undefined;
    },
  };
}

/** The document with what the inputs ask for laid over it. */
function requestOf(document: Fields, wishes: ServiceWishes): Fields {
  const { deploymentConfiguration } = document;
  const configuration = {
    ...(typeof deploymentConfiguration === "object" ? deploymentConfiguration : {}),
    ...withoutNulls(wishes.configuration),
  };
  return {
    ...document,
    ...withoutNulls(wishes.members),
    ...(wishes.desired !== undefined && { desiredCount: wishes.desired }),
    ...(Object.keys(configuration).length > 0 && { deploymentConfiguration: configuration }),
  };
}
