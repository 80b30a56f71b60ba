import { createTagSource } from "#ship/github";
import { plannedImage, planTags, recordImage, reportImage } from "#ship/images";
import type { ActionOutcome, Run } from "#ship/kit";
import type { ImageInputs } from "./inputs.ts";
import { imageRequest } from "./request.ts";
import { buildTime } from "./sources.ts";
import { adviceOn, separators, tagWishes } from "./wishes.ts";

/** Names the image, makes it unless this is a dry run, and reports it. */
export async function planAndMake(inputs: ImageInputs, run: Run): Promise<ActionOutcome> {
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
}
