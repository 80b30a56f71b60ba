import { isShipError, markdown } from "#ship/kit";
import { lackingCapacity } from "../canary/capacity.ts";
import type { CanaryPlan } from "../canary/plan.ts";
import type { RolloutSettings } from "../canary/settings.ts";
import type { Metrics } from "../metrics.ts";
import type { TargetState, TrafficTarget } from "../target.ts";
import { checkEndurance } from "./endurance.ts";
import { findPlace, type Keeping } from "./keeping.ts";
import { planHash } from "./plan-hash.ts";

/** What is known when a start is foreseen. */
export interface Foreseen {
  readonly settings: RolloutSettings;
  readonly plan: Pick<CanaryPlan, "steps">;
  readonly target: TrafficTarget;
  readonly state: TargetState;
  readonly metrics: Metrics;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly signal: AbortSignal;
}

/**
 * How a rollout would start if it began now, as markdown for a dry run: refused, carried on or from the beginning, whether
 * its canary could carry the first step, and whether its credentials and its job would outlast it. Reads only.
 */
export async function foreseeStart(keeping: Keeping, foreseen: Foreseen): Promise<string> {
  const { settings, plan, metrics } = foreseen;
  const { refusals, warnings } = checkEndurance({ ...keeping, steps: plan.steps, now: foreseen.now });
  const refused = refusals.map(({ code, message }) => `⛔ \`${code}\` ${markdown.escapeMarkdown(message)}`);
  const warned = warnings.map((warning) => `⚠️ ${markdown.escapeMarkdown(warning)}`);
  return markdown.page(
    markdown.heading(3, "If it began now"),
    await claimOf(keeping, { ...foreseen, hash: planHash(settings, metrics) }),
    ...(await missingCapacity(foreseen)),
    ...refused,
    ...warned,
  );
}

/** What the first step would wait for. */
async function missingCapacity({ target, state, plan, signal }: Foreseen): Promise<readonly string[]> {
  const [first] = plan.steps;
  if (!first || state.split.canary > 0) return [];
  const [canary, stable] = await Promise.all([
    target.health(state.canary, signal),
    target.health(state.stable, signal),
  ]);
  return lackingCapacity({ canary, stable }, first.share).map(
    (lack) => `⚠️ Before any traffic is moved it would wait: ${markdown.escapeMarkdown(lack)}.`,
  );
}

async function claimOf(
  keeping: Keeping,
  { target, hash, now, signal }: Foreseen & { readonly hash: string },
): Promise<string> {
  try {
    const { claim } = await findPlace(keeping, { target, plan: hash, now, signal });
    if (claim.kind === "unchanged") return "Nothing would be moved: the canary has all traffic already.";
    return markdown.escapeMarkdown(claim.notice ?? "It would start from 0 %; no other rollout is under way.");
  } catch (error) {
    if (!isShipError(error) || error.kind !== "conflict") throw error;
    return `⛔ \`${error.code}\` ${markdown.escapeMarkdown(error.message)}`;
  }
}
