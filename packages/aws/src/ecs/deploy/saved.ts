import type { Run } from "#ship/kit";

/** Name of the saved state that tells the post step what is still open. */
export const recoveryState = "recovery";

/** The state that `main` left for the post step, when it ended with a deployment still open. */
export function openRecovery(run: Pick<Run, "state">): string | undefined {
  return run.state(recoveryState);
}
