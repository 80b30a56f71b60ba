import { createTagSource } from "#ship/github";
import { plannedImage, planTags, recordImage, reportImage } from "#ship/images";
import { runAction } from "#ship/kit";
import { cleanUp } from "./clean-up.ts";
import { readImageInputs } from "./inputs.ts";
import { imageRequest } from "./request.ts";
import { buildTime, checkSources } from "./sources.ts";
import { adviceOn, separators, tagWishes } from "./wishes.ts";

await runAction({
  async main(run) {
    const inputs = readImageInputs(run);
    checkSources(inputs, run.environment);
    const source = createTagSource({ ...run, token: inputs["github-token"] });
    const plan = await planTags(tagWishes(inputs, run.environment), source, buildTime(run), run.signal);
    for (const warning of adviceOn(inputs, plan)) run.log.warning(warning);
    const request = await imageRequest(inputs, plan, run);
    if (inputs["dry-run"])
      return reportImage(plannedImage(plan.images, inputs.platforms), plan, separators(inputs));

    const { makeWith } = await import("./making.ts");
    const outcome = await makeWith({ inputs, plan, source, request }, run);
    await recordImage(run.environment.variable("GITHUB_ARTIFACTS"), outcome, run.log);
    return reportImage(outcome, plan, separators(inputs));
  },
  post: cleanUp,
});
