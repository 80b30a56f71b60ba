import type { Step } from "#ship/kit";
import { awaitAnswer } from "../health.ts";
import { known } from "../journal.ts";
import { remaining, type Scene } from "./scene.ts";

/** Asks the health check address once our revision serves. */
export function answerStep(scene: Scene, url: URL): Step {
  const { caller, run, request, journal } = scene;
  return {
    name: "Check the address",
    plan: async () => `expect ${url.origin}${url.pathname} to answer 2xx or 3xx`,
    async run({ signal }) {
      if (known(journal.change, "The change").kind === "nothing") return "nothing new to check";
      const patience = { every: request.waiting.every, timeout: remaining(scene), signal };
      return awaitAnswer(caller, run.fetch, url, patience);
    },
  };
}
