import { formatDuration, formatShare, markdown } from "#ship/kit";
import type { PlannedStep } from "./plan.ts";
import { durationOf } from "./plan.ts";
import type { Prepared } from "./prepare.ts";
import type { RolloutSettings } from "./settings.ts";

/** Time kept for looking, shifting and rolling back beyond the steps themselves, in milliseconds. */
const overhead = 600_000;

/**
 * What a rollout would do, for a dry run: the steps with the requests each needs and how long that takes at the traffic
 * seen, the thresholds, and the longest it may take.
 * @param permissions what the target and the metrics need to be allowed
 */
export function planSummary(
  settings: RolloutSettings,
  { plan, baseline, state }: Prepared,
  permissions: readonly string[],
): string {
  const perMillisecond = baseline === "no-data" ? 0 : baseline.requests / baseline.over;
  const { least, most } = durationOf(plan.steps);
  return markdown.page(
    markdown.heading(2, "Canary plan"),
    `From ${markdown.code(state.stable.name)} to ${markdown.code(state.canary.name)}, now at ${formatShare(state.split.canary)}. ` +
      `It takes ${formatDuration(least)} to ${formatDuration(most + overhead)}; the job's time limit must allow the latter.`,
    ...state.warnings.map((warning) => `⚠️ ${markdown.escapeMarkdown(warning)}`),
    markdown.table(
      ["Step", "Weight", "Lasts", "At most", "Canary requests needed", "Reached after"],
      plan.steps.map((step, index) => {
        const needed = need(step, { plan, baseline, state });
        return [
          String(index + 1),
          formatShare(step.share),
          formatDuration(step.interval),
          formatDuration(step.longest),
          String(needed),
          reachedAfter(needed, perMillisecond * step.share, step.longest),
        ];
      }),
    ),
    markdown.table(
      ["Gates", "Each rolls back at ln M", "False rollbacks of a whole rollout", "Detects", "Tolerates"],
      [
        [
          String(plan.gates.length),
          (-Math.log(plan.gateAlpha)).toFixed(3),
          `at most ${formatShare(settings.alpha)}`,
          `${settings.detect} times stable`,
          `${settings.tolerance} times stable`,
        ],
      ],
    ),
    baseline === "no-data"
      ? "The stable release has no metrics of the last day: latency is not compared."
      : `The stable release had ${baseline.requests} requests in ${formatDuration(baseline.over)}, ${formatShare(plan.baselineErrorShare)} with errors.`,
    `Permissions: ${permissions.map(markdown.code).join(", ")}.`,
  );
}

function need(step: PlannedStep, { plan }: Prepared): number {
  const stableErrorShare = Math.max(0.001, plan.baselineErrorShare);
  return plan.requestsNeeded({ step, stableErrorShare, share: step.share });
}

function reachedAfter(needed: number, perMillisecond: number, longest: number): string {
  if (perMillisecond === 0) return "unknown traffic";
  const milliseconds = needed / perMillisecond;
  const text = formatDuration(milliseconds);
  return milliseconds > longest ? `⚠️ ${text}: longer than the step may take` : text;
}
