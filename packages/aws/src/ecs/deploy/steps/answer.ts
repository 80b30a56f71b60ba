import type { Step } from "#ship/kit";
import { awaitAnswer, expectation } from "../answer.ts";
import type { HealthCheck } from "../health-check.ts";
import { known } from "../journal.ts";
import { remaining, type Scene } from "./scene.ts";

/** Asks the health check address once our revision serves. */
export function answerStep(scene: Scene, check: HealthCheck): Step {
  const { caller, run, request, journal } = scene;
  return {
    name: "Check the address",
    plan: async () => `expect ${check.url.origin}${check.url.pathname} to answer ${expectation(check)}`,
    async run({ signal }) {
      if (known(journal.change, "The change").kind === "nothing") return "nothing new to check";
      const patience = { every: request.waiting.every, timeout: remaining(scene), signal };
      return awaitAnswer(caller, run.fetch, check, patience);
    },
  };
}
