import type { Log, Run } from "#ship/kit";

/** Longest description that CodeDeploy takes, in characters. */
const longest = 512;

/** The description as given, cut where CodeDeploy would refuse it; without one, the run that deploys is named. */
export function descriptionOf(given: string | undefined, run: Run, log: Log): string {
  if (given === undefined) return describeRun(run);
  const characters = [...given];
  if (characters.length <= longest) return given;
  log.warning(
    `codedeploy-deployment-description has ${characters.length} characters; CodeDeploy takes ${longest}, the rest is cut off.`,
  );
  return characters.slice(0, longest).join("");
}

function describeRun({ environment: { github } }: Run): string {
  const { repository, runId, runAttempt, sha } = github;
  if (runId === "") return "Deployed by ship";
  return `Deployed by ship: ${repository} run ${runId} attempt ${runAttempt}, ${sha.slice(0, 7)}`;
}
