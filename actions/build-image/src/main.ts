import { runAction } from "#ship/kit";
import { cleanUp } from "./clean-up.ts";
import { readImageInputs } from "./inputs.ts";
import { checkSources } from "./sources.ts";

await runAction({
  async main(run) {
    const inputs = await readImageInputs(run);
    checkSources(inputs, run.environment);
    const { planAndMake } = await import("./image.ts");
    return planAndMake(inputs, run);
  },
  post: cleanUp,
});
