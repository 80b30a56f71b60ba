import { latest } from "./latest.ts";
import type { RuleKind } from "./rules.ts";
import type { DerivedTag } from "./yield.ts";

/**
 * Whether a tag names one commit or version for good, or the newest build of a branch, a pull request, a schedule or a
 * line. An image under a moving tag says nothing about this run's commit.
 */
export type Standing = "fixed" | "moving";

/** Digits of a SHA that tell a commit from a word. */
const shortestSha = 7;

/** How a tag stands that a rule made. In doubt it moves: then the image itself is asked for its commit. */
export function standingOf(kind: RuleKind, from: DerivedTag, tag: string, sha: string): Standing {
  if (kind.type === "sha" || namesCommit(tag, sha)) return "fixed";
  if (tag === latest || from.floatsOn !== undefined) return "moving";
  if (kind.type === "semver" || kind.type === "pep440" || from.lineage !== undefined) return "fixed";
  if (kind.type === "ref" && kind.event === "tag") return "fixed";
  return kind.type === "raw" && from.literal ? standingOfText(tag, sha) : "moving";
}

/** How a tag stands that the user wrote: only a commit, or a version of at least two numbers, is for good. */
export function standingOfText(tag: string, sha: string): Standing {
  return namesCommit(tag, sha) || /(?:^|\D)\d+\.\d+/.test(tag) ? "fixed" : "moving";
}

function namesCommit(tag: string, sha: string): boolean {
  return sha.length >= shortestSha && tag.includes(sha.slice(0, shortestSha));
}
