import { formatDuration, ShipError, type Step } from "#ship/kit";
import type { DeployTarget } from "../../ecs/deploy/request.ts";
import { remaining, type Scene, said } from "../../ecs/deploy/steps/scene.ts";
import type { Fields } from "../../ecs/task-definition/schema.ts";
import { isFields } from "../../ecs/task-definition/schema.ts";
import { refuseForeignConfiguration } from "../service-update.ts";
import { nameIn } from "../situation.ts";
import { awaitSteady } from "../steady.ts";

/** The deployment controller that a CreateService document asks for. */
export function controllerIn(document: Fields): string {
  const controller = document["deploymentController"];
  const type = isFields(controller) ? controller["type"] : undefined;
  return typeof type === "string" ? type : "ECS";
}

/**
 * Refuses to create a service that this action could not deploy, or not in the manner asked for.
 * @throws ShipError `INPUT_INVALID`
 */
export function checkController(
  document: Fields,
  target: DeployTarget & { kind: "service" },
  isDemanded: boolean,
): void {
  const controller = controllerIn(document);
  if (controller === "EXTERNAL")
    throw new ShipError(
      "INPUT_INVALID",
      "create-if-missing asks for the deployment controller EXTERNAL, which this action does not deploy.",
      { hint: "Take `deploymentController` out of the document, or let its type be ECS or CODE_DEPLOY." },
    );
  if (controller === "CODE_DEPLOY") refuseForeignConfiguration(target.address.service, target.configuration);
  else if (isDemanded)
    throw new ShipError(
      "INPUT_INVALID",
      `strategy is "codedeploy", but create-if-missing asks for the deployment controller ${controller}.`,
      {
        hint: "Let `deploymentController` of the document have the type CODE_DEPLOY, or leave `strategy` out.",
      },
    );
}

/**
 * Waits for the first tasks of a service that CodeDeploy is going to deploy: Amazon ECS starts them by itself, without a
 * deployment.
 */
export function firstTasksStep(scene: Scene): Step {
  const { caller, request, journal } = scene;
  return {
    name: "Wait until it serves",
    plan: async () => `wait at most ${formatDuration(request.waiting.timeout)}`,
    async run({ signal }) {
      const { taskDefinition, situation } = journal;
      if (taskDefinition === undefined || situation === undefined || request.waitUntil.kind === "none")
        return said(scene, "not waited for: whether the revision comes to serve is not known");
      const { every } = request.waiting;
      const wait = { caller, address: situation.address, taskDefinition, every, signal };
      const desired = await awaitSteady({ ...wait, timeout: remaining(scene) });
      journal.idle = desired === 0;
      return said(
        scene,
        desired === 0
          ? "nothing runs: the desired count is 0"
          : `${desired} tasks run ${nameIn(taskDefinition)}`,
      );
    },
  };
}
