import type { Run } from "#ship/kit";

/** Name of the saved state that tells the post step what is still open. */
export const recoveryState = "recovery";

/** Name of the saved state that tells the post step which service may still carry this run's mark. */
export const markState = "mark";

/** The state that `main` left for the post step, when it may have ended with its mark on a service. */
export function openMark(run: Pick<Run, "state">): string | undefined {
  return run.state(markState);
}

/** The state that `main` left for the post step, when it ended with a deployment still open. */
export function openRecovery(run: Pick<Run, "state">): string | undefined {
  return run.state(recoveryState);
}
