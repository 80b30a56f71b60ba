import type { RunFacts } from "./port.ts";
import { type Lineage, type Release, readRelease } from "./releases.ts";
import type { RuleKind } from "./rules.ts";
import { nothing, type Yield } from "./yield.ts";

type MatchRule = Extract<RuleKind, { type: "match" }>;

/** What a regular expression takes out of a git tag, and the version that it begins. */
interface Match {
  readonly text: string;
  /** The version from where the match begins to the end of the git tag: `1.0.1` out of `v1.0.1-beta` is no final version. */
  readonly release: Release | undefined;
}

/** Makes a tag of what the pattern takes out of the text: a git tag, or what stands in its place. */
export function deriveMatch(rule: MatchRule, text: string, facts: RunFacts): Yield {
  const found = take(rule, text);
  if (found === undefined) return nothing(`"${text}" does not match ${rule.pattern.source}`);
  const { release } = found;
  const pieces = [{ text: found.text, origin: "derived" as const }];
  if (release === undefined) return { kind: "tag", pieces, literal: false };

  const lineage: Lineage = { own: release, read: (gitTag) => take(rule, gitTag)?.release };
  const line = shortened(found.text, release);
  const isFinal = release.stage === "final" && facts.release !== "prerelease";
  if (!isFinal && line > 0) return nothing(`"${found.text}" floats, and "${text}" is a prerelease`);
  if (!isFinal) return { kind: "tag", pieces, literal: false };
  if (line === 0) return { kind: "tag", pieces, literal: false, lineage };
  const floatsOn = (other: Release) =>
    release.numbers.slice(0, line).every((number, at) => number === (other.numbers[at] ?? 0));
  return { kind: "tag", pieces, literal: false, lineage, floatsOn };
}

function take(rule: MatchRule, text: string): Match | undefined {
  const found = rule.pattern.exec(text);
  const group = found?.[rule.group];
  const [start] = found?.indices?.[rule.group] ?? [];
  if (group === undefined || group === "" || start === undefined) return undefined;
  const digit = group.search(/\d/);
  return { text: group, release: digit < 0 ? undefined : readRelease(versionFrom(text, start + digit)) };
}

/** The `v` before the digits tells a version from a count. */
function versionFrom(text: string, at: number): string {
  return text.slice(/[vV]/.test(text[at - 1] ?? "") ? at - 1 : at);
}

/** How many numbers the match leaves of a longer version, as in `1.2` of `v1.2.3`; zero when it leaves all or none. */
function shortened(text: string, release: Release): number {
  const digits = /^[vV]?(\d+(?:\.\d+)*)$/.exec(text)?.[1];
  if (digits === undefined) return 0;
  const numbers = digits.split(".").length;
  return numbers < release.numbers.length ? numbers : 0;
}
