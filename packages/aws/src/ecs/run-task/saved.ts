import type { Run } from "#ship/kit";

/** Name of the saved state that tells the post step which one-off tasks may still run. */
export const oneOffTaskState = "one-off-task";

/** The state that `main` left for the post step, when it ended with one-off tasks still open. */
export function openOneOffTask(run: Pick<Run, "state">): string | undefined {
  return run.state(oneOffTaskState);
}
