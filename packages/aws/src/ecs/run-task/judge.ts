import { ShipError } from "#ship/kit";
import type { Caller } from "../api/caller.ts";
import { lastWords } from "../reasons/logs.ts";
import { sentences } from "../reasons/sentence.ts";
import { failingContainer } from "../reasons/tasks.ts";
import type { TaskOutcome } from "./outcome.ts";

/** The last lines of what failed, where the main container's own do not show them: a sidecar's, or output nobody followed. */
export async function unseenWords(
  caller: Caller,
  { ended, main }: TaskOutcome,
  lines: number,
): Promise<string[]> {
  const failed = ended.filter(({ verdict }) => verdict.kind === "failed");
  const [unseen] = failed.filter((task) => task.tail.length === 0 || failingContainer(task) !== main);
  const excerpt = unseen && (await lastWords(caller, unseen, lines));
  return excerpt ? [`${excerpt.title}:`, ...excerpt.lines.map((line) => `  ${line}`)] : [];
}

/**
 * Answers the line of the step's success.
 * @param unseen further lines for the details
 * @throws ShipError `TASK_FAILED` when a main container did not succeed
 */
export function judge({ ended, main }: TaskOutcome, unseen: readonly string[]): string {
  const failed = ended.flatMap((task) =>
    task.verdict.kind === "failed" ? [{ ...task, why: task.verdict.why }] : [],
  );
  if (failed.length === 0)
    return ended.length === 1
      ? `${main} ended with exit code 0`
      : `${main} ended with exit code 0 in all ${ended.length} tasks`;
  const [worst] = failed;
  const others = ended.length > 1 ? `${failed.length} of ${ended.length} one-off tasks failed.` : "";
  throw new ShipError("TASK_FAILED", sentences(others, worst?.why ?? ""), {
    details: [
      ...failed.flatMap((task) => [
        `Task ${task.id}: ${task.why}`,
        ...(task.tail.length === 0 ? [] : ["Last lines:", ...task.tail.map((line) => `  ${line}`)]),
      ]),
      ...unseen,
    ],
  });
}
