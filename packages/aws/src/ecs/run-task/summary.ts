import { markdown } from "#ship/kit";
import type { TaskOutcome } from "./outcome.ts";

/** The part of the job summary about one-off tasks. */
export function taskSummary(outcome: TaskOutcome): string {
  const rows = outcome.arns.map((arn, index) => {
    const ended = outcome.ended.find((task) => task.arn === arn);
    return [
      `[${markdown.escapeMarkdown(idOf(arn))}](${outcome.links[index] ?? ""})`,
      ended === undefined ? "started" : ended.verdict.kind,
      (ended?.containers ?? [])
        .map(({ name, exitCode }) => markdown.escapeMarkdown(`${name}: ${exitCode ?? "never ran"}`))
        .join("<br>"),
      ended?.verdict.kind === "failed" ? markdown.escapeMarkdown(ended.verdict.why) : "",
    ];
  });
  return markdown.page(
    markdown.heading(3, "One-off task"),
    markdown.table(["Task", "Result", "Exit codes", "Why"], rows),
    ...outcome.ended
      .filter(({ tail }) => tail.length > 0)
      .map((task) =>
        markdown.details(
          `Last lines of ${outcome.main}, task ${task.id}`,
          markdown.block("text", task.tail.join("\n")),
        ),
      ),
  );
}

function idOf(arn: string): string {
  return arn.split("/").at(-1) ?? arn;
}
