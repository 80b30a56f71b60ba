import { formatDuration, formatShare, markdown } from "#ship/kit";
import { negligibleShare } from "../gates/two-arm-errors.ts";
import { suspectFrom } from "../gates/verdict.ts";
import { type Prospect, smallestVisible, timeToSee } from "./foresight.ts";
import { durationOf, type PlannedStep } from "./plan.ts";
import type { Prepared } from "./prepare.ts";
import type { RolloutSettings } from "./settings.ts";

/** Time kept for looking, shifting and rolling back beyond the steps themselves, in milliseconds. */
const overhead = 600_000;
/** The ratio of error rates that a plan says about how long it takes to see. */
const twice = 2;

/** What a plan is held against. */
export interface PlanSurroundings {
  /** What the target and the metrics need to be allowed. */
  readonly permissions: readonly string[];
  /** Milliseconds after which the job is stopped. */
  readonly jobLimit: number;
}

/**
 * What a rollout would do, for a dry run: the steps with the requests each needs and how long that takes at the traffic
 * seen, what it cannot see, the gates with their thresholds, and the longest it may take.
 */
export function planSummary(
  settings: RolloutSettings,
  prepared: Prepared,
  { permissions, jobLimit }: PlanSurroundings,
): string {
  const { plan, baseline, state } = prepared;
  const prospect = prospectOf(settings, prepared);
  const { least, most } = durationOf(plan.steps);
  const worst = most + overhead;
  const fits = worst > jobLimit ? "⚠️ longer than" : "within";
  return markdown.page(
    markdown.heading(2, "Canary plan"),
    `From ${markdown.code(state.stable.name)} to ${markdown.code(state.canary.name)}, now at ${formatShare(state.split.canary)}. ` +
      `It takes ${formatDuration(least)} to ${formatDuration(worst)}, ${fits} the ${formatDuration(jobLimit)} after which the job is stopped.`,
    ...state.warnings.map((warning) => `⚠️ ${markdown.escapeMarkdown(warning)}`),
    stepTable(settings, prepared, prospect),
    unseen(settings, plan.steps, prospect),
    gateTable(prepared),
    `A healthy release is rolled back in at most ${formatShare(settings.alpha)} of all rollouts, all gates together. ` +
      `Without metrics of the canary for ${formatDuration(settings.maxBlind)} the rollout is inconclusive.`,
    baseline === "no-data"
      ? "The stable release has no metrics of the last day: latency is not compared."
      : `The stable release had ${baseline.requests} requests in ${formatDuration(baseline.over)}, ${formatShare(plan.baselineErrorShare)} with errors.`,
    `Permissions: ${permissions.map(markdown.code).join(", ")}.`,
  );
}

function prospectOf(settings: RolloutSettings, { plan, baseline }: Prepared): Prospect {
  return {
    traffic: baseline === "no-data" ? 0 : baseline.requests / baseline.over,
    errorShare: plan.baselineErrorShare,
    alpha: plan.gateAlpha,
    tolerance: settings.compare ? settings.tolerance : undefined,
    ceiling: settings.maxErrorRate,
  };
}

function stepTable(settings: RolloutSettings, prepared: Prepared, prospect: Prospect): string {
  return markdown.table(
    [
      "Step",
      "Weight",
      "Lasts",
      "At most",
      "Canary requests needed",
      "Reached after",
      "Shows errors of at least",
    ],
    prepared.plan.steps.map((step, index) => {
      const needed = need(step, prepared);
      const isAlone = step.share === 1 && settings.compare;
      return [
        String(index + 1),
        formatShare(step.share) + (step.until === undefined ? "" : ", until approved"),
        formatDuration(step.interval),
        formatDuration(step.longest),
        String(needed),
        reachedAfter(needed, prospect.traffic * step.share, step.longest),
        isAlone ? "compared no more" : visible(prospect, step),
      ];
    }),
  );
}

function need(step: PlannedStep, { plan }: Prepared): number {
  const stableErrorShare = Math.max(negligibleShare, plan.baselineErrorShare);
  return plan.requestsNeeded({ step, stableErrorShare, share: step.share });
}

function reachedAfter(needed: number, perMillisecond: number, longest: number): string {
  if (perMillisecond === 0) return "unknown traffic";
  const milliseconds = needed / perMillisecond;
  const text = formatDuration(milliseconds);
  return milliseconds > longest ? `⚠️ ${text}: longer than the step may take` : text;
}

function visible(prospect: Prospect, step: PlannedStep): string {
  if (prospect.traffic === 0) return "unknown traffic";
  const ratio = smallestVisible(prospect, step);
  return ratio === undefined ? "⚠️ nothing" : `${Number(ratio.toPrecision(3))} times ${against(prospect)}`;
}

/** What is not detected at this traffic, and how long it would take. */
function unseen(
  { tolerance, compare }: RolloutSettings,
  steps: readonly PlannedStep[],
  prospect: Prospect,
): string | undefined {
  const [first] = steps;
  if (!first || first.share === 1 || prospect.traffic === 0) return undefined;
  if (compare && tolerance >= twice) return `Up to ${tolerance} times the errors of stable are tolerated.`;
  const milliseconds = timeToSee(prospect, first, twice);
  const verdict =
    milliseconds > first.longest
      ? `⚠️ A canary with ${twice} times the errors of ${against(prospect)} cannot be told from a healthy one at ${formatShare(first.share)}: that would take`
      : `A canary with ${twice} times the errors of ${against(prospect)} shows at ${formatShare(first.share)} after about`;
  return `${verdict} ${formatDuration(milliseconds)} of this traffic, plus the lag of the metrics.`;
}

function against({ tolerance }: Prospect): string {
  return tolerance === undefined ? "the limit" : "stable";
}

function gateTable({ plan }: Prepared): string {
  const verdicts = plan.gates.map((gate) => gate({ bins: [], weights: [] }));
  return markdown.table(
    ["Gate", "Looks", "Rolls back at ln M", "Holds from"],
    verdicts.map(({ gate, threshold, comparesArms }) => [
      gate,
      comparesArms ? "while both releases run" : "at 100 %",
      threshold.toFixed(3),
      suspectFrom.toFixed(3),
    ]),
  );
}
