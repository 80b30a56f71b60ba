import { deployToEcs, finishEcsDeployment, finishOneOffTask, openOneOffTask, openRecovery } from "#ship/aws";
import { runAction } from "#ship/kit";
import { readDeployInputs } from "./inputs/index.ts";

await runAction({
  async main(run) {
    const { session, request, unused } = readDeployInputs(run);
    for (const sentence of unused) run.log.warning(sentence);
    return deployToEcs(session, request, run);
  },
  async post(run) {
    const task = openOneOffTask(run);
    if (task !== undefined) await finishOneOffTask(readDeployInputs(run).session, task, run);
    const saved = openRecovery(run);
    if (saved === undefined) return;
    await finishEcsDeployment(readDeployInputs(run).session, saved, run);
  },
});
