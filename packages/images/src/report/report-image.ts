import type { ActionOutcome, OutputValues } from "#ship/kit";
import { cacheUse } from "../cache/use.ts";
import type { BuiltImage } from "../engine/built-image.ts";
import type { ImageOutcome } from "../make/outcome.ts";
import type { TagPlan } from "../tags/plan.ts";
import { outputDocuments, type Separators } from "./documents.ts";
import { summarise } from "./summary.ts";

/**
 * Turns an outcome into outputs and summary. A failed build names no tags, so that nothing later can deploy one.
 * @param separators of the outputs that are lists
 */
export function reportImage(outcome: ImageOutcome, plan: TagPlan, separators: Separators): ActionOutcome {
  const { digests, built, stored, scan, failure, result } = outcome;
  const byDigest = [...digests].map(([name, digest]) => `${name}@${digest}`);
  const ours: OutputValues = {
    result,
    image: byDigest[0],
    images: byDigest.length > 0 ? byDigest.join("\n") : undefined,
    digest: [...digests.values()][0],
    imageid: built?.id || stored?.id,
    platforms: outcome.platforms.length > 0 ? outcome.platforms.join(",") : undefined,
    size: built?.sizeBytes ?? stored?.sizeBytes,
    "cache-hit": built && isCached(built),
    "scan-report": scan && scan.reports.length > 0 ? scan.reports.join("\n") : undefined,
    metadata: built?.metadata === undefined ? undefined : JSON.stringify(built.metadata),
  };
  const documents = failure ? {} : outputDocuments(outcome.images, plan, separators);
  return {
    outputs: { ...ours, ...documents, skipped: failure ? undefined : result === "unchanged" },
    summary: summarise(outcome, plan, byDigest),
    ...(failure && { failure }),
  };
}

function isCached({ steps }: BuiltImage): boolean {
  const { cached, total } = cacheUse(steps);
  return total > 0 && cached === total;
}
