import type { Run } from "#ship/kit";

/** State: the folder with the logins of this step. */
export const configState = "docker-config";
/** State: the builder that this step started for itself. */
export const builderState = "builder";

/** Removes what a step that was killed left behind; harmless when there is nothing. */
export async function cleanUp(run: Run): Promise<void> {
  const { removeBuilder, removeDockerConfig } = await import("#ship/docker");
  const directory = run.state(configState);
  if (directory === undefined) return;
  await removeBuilder(run.state(builderState), { ...run, config: { directory } });
  await removeDockerConfig(directory);
}
