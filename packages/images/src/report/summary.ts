import { formatDuration, markdown } from "#ship/kit";
import { cacheUse, describeCacheUse } from "../cache/use.ts";
import type { BuildStep } from "../engine/built-image.ts";
import type { ImageOutcome } from "../make/outcome.ts";
import { referenceOf } from "../reference.ts";
import type { TagPlan } from "../tags/plan.ts";

const headlines = {
  pushed: "Image pushed",
  built: "Image built",
  promoted: "Image promoted",
  unchanged: "Image exists already",
  planned: "Image that would be built",
  failed: "Image build failed",
  refused: "Image built, but not released",
  cancelled: "Image build cancelled",
} as const;

/** The page of the job summary: image and digest, tags with their rules, times, steps of the build, and the scan. */
export function summarise(outcome: ImageOutcome, plan: TagPlan, byDigest: readonly string[]): string {
  const { failure, result, built, scan } = outcome;
  return markdown.page(
    markdown.heading(3, headlines[result === "failed" && built ? "refused" : result]),
    failure && `${failure.code}: ${markdown.escapeMarkdown(failure.message)}`,
    failure && markdown.escapeMarkdown(failure.hint),
    failure && failure.details.length > 0
      ? markdown.details("Details", markdown.block("text", failure.details.join("\n")))
      : undefined,
    facts(outcome, byDigest),
    failure ? undefined : tags(outcome),
    unused(plan),
    built && steps(built.steps),
    scan?.summary,
  );
}

function facts(
  { platforms, built, stored, phases }: ImageOutcome,
  byDigest: readonly string[],
): string | undefined {
  const size = built?.sizeBytes ?? stored?.sizeBytes;
  const rows = [
    ...byDigest.map((image) => ["Image", markdown.code(image)]),
    ...(platforms.length > 0 ? [["Platforms", platforms.map(markdown.code).join(", ")]] : []),
    ...(size === undefined ? [] : [["Size", formatBytes(size)]]),
    ...phases.map(({ name, took }) => [name, formatDuration(took)]),
  ];
  return rows.length > 0 ? markdown.table(["", ""], rows) : undefined;
}

function formatBytes(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${(bytes / 1_000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

function tags({ images }: ImageOutcome): string {
  return markdown.table(
    ["Tag", "Rule"],
    images.map((image) => [markdown.code(referenceOf(image)), markdown.code(image.rule)]),
  );
}

function unused(plan: TagPlan): string | undefined {
  if (plan.unused.length === 0) return undefined;
  return markdown.details(
    "Rules without a tag",
    plan.unused.map((reason) => `- ${markdown.escapeMarkdown(reason)}`).join("\n"),
  );
}

function steps(all: readonly BuildStep[]): string | undefined {
  if (all.length === 0) return undefined;
  const rows = all.map(({ name, instruction, state, tookMs }) => [
    markdown.escapeMarkdown(name),
    markdown.code(shorten(instruction)),
    state,
    tookMs === undefined ? "" : formatDuration(tookMs),
  ]);
  return markdown.details(
    `Steps of the build: ${describeCacheUse(cacheUse(all))}`,
    markdown.table(["Step", "Instruction", "From", "Took"], rows),
  );
}

const longestInstruction = 100;

function shorten(instruction: string): string {
  return instruction.length > longestInstruction
    ? `${instruction.slice(0, longestInstruction - 1)}…`
    : instruction;
}
