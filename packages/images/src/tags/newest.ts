import type { Flavor } from "./flavor.ts";
import { latest } from "./latest.ts";
import { newerRelease } from "./releases.ts";
import type { Rule } from "./rules.ts";
import type { TagRun } from "./run.ts";
import type { Standing } from "./standing.ts";
import type { DerivedTag } from "./yield.ts";

/** A tag without its image, and where it comes from. */
export interface NamedTag {
  readonly tag: string;
  /** The rule as it is written. */
  readonly rule: string;
  readonly standing: Standing;
}

/** A tag that a rule made. */
export interface MadeTag extends NamedTag {
  readonly from: DerivedTag;
}

/** Why a tag may not be published in this run; `undefined` when it may. */
export async function objection(
  tag: string,
  from: DerivedTag,
  rule: Rule,
  run: TagRun,
): Promise<string | undefined> {
  const isPull = run.facts.origin === "pull-request";
  if (from.literal) {
    const isWish = rule.kind.type === "raw" && from.pieces.map(({ text }) => text).join("") === latest;
    if (!isWish && tag !== latest) return undefined;
    if (isPull) return "`latest` never comes from a pull request";
    warnOfQueue(run);
    return undefined;
  }
  if (from.floatsOn) {
    if (isPull) return `"${tag}" floats, and never comes from a pull request`;
    const newer = await newerThan(from, from.floatsOn, run);
    if (newer) return `"${tag}" floats, and ${newer}`;
  }
  if (tag === latest && from.lineage === undefined)
    return "only a release or an explicit wish is called `latest`";
  return undefined;
}

/**
 * The rule that `latest` is owed to; `undefined` when this run is not to move it. Any rule that makes a tag of the newest
 * release brings it, whatever stands before that rule.
 */
export async function latestRule(
  made: readonly MadeTag[],
  flavor: Flavor,
  run: TagRun,
): Promise<{ readonly rule: string } | { readonly reason: string } | undefined> {
  if (flavor.latest === "never" || made.length === 0) return undefined;
  if (run.facts.origin === "pull-request")
    return flavor.latest === "always" ? { reason: "`latest` never comes from a pull request" } : undefined;
  if (flavor.latest === "always") {
    warnOfQueue(run);
    return { rule: "flavor: latest=true" };
  }
  let reason: string | undefined;
  for (const { from, rule } of made) {
    if (from.lineage === undefined) continue;
    reason = await newerThan(from, () => true, run);
    if (reason === undefined) return { rule };
  }
  return reason === undefined ? undefined : { reason };
}

/** Why the version of a tag is not known to be the newest on its line; `undefined` when it is. */
async function newerThan(
  { lineage }: DerivedTag,
  onLine: Parameters<typeof newerRelease>[2],
  run: TagRun,
): Promise<string | undefined> {
  if (lineage === undefined) return undefined;
  const tags = await run.versions();
  if ("unreadable" in tags) {
    run.warnings.add(
      `No floating tag (latest, major, minor) is published: the existing versions cannot be read, ${tags.unreadable}.`,
    );
    return "the existing versions cannot be read";
  }
  const newer = newerRelease(lineage, tags.names, onLine);
  return newer && `${newer} is newer`;
}

function warnOfQueue({ facts, warnings }: TagRun): void {
  if (facts.origin === "merge-queue")
    warnings.add(
      "`latest` is published from the merge queue, as asked for; the queue may still turn the change down.",
    );
}
