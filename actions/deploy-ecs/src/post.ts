import {
  finishEcsDeployment,
  finishOneOffTask,
  openMark,
  openOneOffTask,
  openRecovery,
  removeEcsMark,
} from "#ship/aws";
import { messageOf, type Run } from "#ship/kit";
import { readDeployInputs } from "./inputs/index.ts";

/** Finishes what `main` left open. A task that cannot be stopped keeps no service from going back, nor the other way round. */
export async function finish(run: Run): Promise<void> {
  const ends = await Promise.allSettled([finishTask(run), finishDeployment(run)]);
  const [first, second] = ends.filter((end) => end.status === "rejected");
  if (second) run.log.warning(messageOf(second.reason));
  if (first) throw first.reason;
}

async function finishTask(run: Run): Promise<void> {
  const task = openOneOffTask(run);
  if (task !== undefined) await finishOneOffTask(readDeployInputs(run).session, task, run);
}

async function finishDeployment(run: Run): Promise<void> {
  const deployment = openRecovery(run);
  if (deployment !== undefined) await finishEcsDeployment(readDeployInputs(run).session, deployment, run);
  const mark = openMark(run);
  if (mark !== undefined) await removeEcsMark(readDeployInputs(run).session, mark, run);
}
