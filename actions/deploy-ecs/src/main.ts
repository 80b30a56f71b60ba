import { deployToEcs } from "#ship/aws";
import { runAction } from "#ship/kit";
import { readDeployInputs } from "./inputs/index.ts";
import { finish } from "./post.ts";

await runAction({
  async main(run) {
    const { session, request, unused } = readDeployInputs(run);
    for (const sentence of unused) run.log.warning(sentence);
    return deployToEcs(session, request, run);
  },
  post: finish,
});
