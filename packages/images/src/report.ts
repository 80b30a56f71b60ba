import { type ActionOutcome, formatDuration, markdown } from "#ship/kit";
import type { ImageOutcome } from "./build.ts";
import type { Labels } from "./labels.ts";
import { referenceOf } from "./reference.ts";

const headlines = {
  pushed: "Image pushed",
  built: "Image built",
  unchanged: "Image exists already",
  planned: "Image that would be built",
  failed: "Image build failed",
  cancelled: "Image build cancelled",
} as const;

/** Turns an outcome into outputs and summary. A failed build names no tags, so that nothing later can deploy one. */
export function reportImage(outcome: ImageOutcome, labels: Labels): ActionOutcome {
  const { digests, built, failure } = outcome;
  const byDigest = [...digests].map(([name, digest]) => `${name}@${digest}`);
  const known = failure === undefined;
  return {
    outputs: {
      result: outcome.result,
      image: byDigest[0],
      images: byDigest.length > 0 ? byDigest.join("\n") : undefined,
      digest: [...digests.values()][0],
      tags: known ? outcome.images.map(referenceOf).join("\n") : undefined,
      version: known ? outcome.images[0]?.tag : undefined,
      labels: known ? lines(labels) : undefined,
      imageid: built?.id,
      size: built?.sizeBytes,
      skipped: known ? outcome.result === "unchanged" : undefined,
    },
    summary: summarise(outcome, byDigest),
    ...(failure && { failure }),
  };
}

function summarise(outcome: ImageOutcome, byDigest: readonly string[]): string {
  const { built, failure } = outcome;
  const facts = [
    ...byDigest.map((image) => ["Image", markdown.code(image)]),
    ...(failure ? [] : outcome.images.map((image) => ["Tag", markdown.code(referenceOf(image))])),
    ...(built?.sizeBytes !== undefined ? [["Size", `${(built.sizeBytes / 1_000_000).toFixed(1)} MB`]] : []),
    ...outcome.phases.map(({ name, took }) => [name, formatDuration(took)]),
  ];
  return markdown.page(
    markdown.heading(3, headlines[outcome.result]),
    failure && `${failure.code}: ${markdown.escapeMarkdown(failure.message)}`,
    failure && failure.details.length > 0 ? markdown.block("text", failure.details.join("\n")) : undefined,
    facts.length > 0 ? markdown.table(["", ""], facts) : undefined,
  );
}

function lines(labels: Labels): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join("\n");
}
