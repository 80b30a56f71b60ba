import type { EndedTask } from "./follow.ts";
import type { TaskVerdict } from "./verdict.ts";

/** What a one-off task has come to so far; outputs and summary are made from it, however the run ends. */
export interface TaskOutcome {
  /** ARNs of the tasks that were started. */
  readonly arns: readonly string[];
  readonly main: string;
  /** Pages of the tasks in the AWS console. */
  readonly links: readonly string[];
  /** Empty until the tasks have ended, and when nobody waits for them. */
  readonly ended: readonly (EndedTask & { readonly verdict: TaskVerdict })[];
}

/** The main container's exit code: of the first task that failed, else 0; absent when it never ran or is not known. */
export function exitCodeOf({ ended }: TaskOutcome): number | undefined {
  const worst = ended.find(({ verdict }) => verdict.kind === "failed") ?? ended[0];
  return worst?.verdict.exitCode;
}

/** The values of this action's outputs that a one-off task decides. */
export function taskOutputs(outcome: TaskOutcome) {
  const [first] = outcome.arns;
  return {
    "run-task-arn": JSON.stringify(outcome.arns),
    "run-task-exit-code": exitCodeOf(outcome),
    "task-arn": first,
    "task-id": first?.split("/").at(-1),
    "log-output": outcome.ended[0]?.output.join("\n"),
  };
}

/**
 * The page of a task in the AWS console.
 * @param arn in the long form, which names the cluster
 * @param domain of the partition's console, for example `aws.amazon.com`
 */
export function taskLink(arn: string, cluster: string, region: string, domain: string): string {
  const id = arn.split("/").at(-1) ?? "";
  const name = encodeURIComponent(cluster.split("/").at(-1) ?? cluster);
  return `https://${region}.console.${domain}/ecs/v2/clusters/${name}/tasks/${id}/configuration?region=${region}`;
}
