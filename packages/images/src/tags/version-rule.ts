import type { Piece } from "./compose.ts";
import type { RunFacts } from "./port.ts";
import type { Release } from "./releases.ts";
import type { RuleKind } from "./rules.ts";
import { type ReadVersion, type Scheme, schemes } from "./schemes.ts";
import type { Template, VersionExpression } from "./template.ts";
import { nothing, type Yield } from "./yield.ts";

type VersionRule = Extract<RuleKind, { type: "semver" | "pep440" }>;

/** Makes a tag of a version: all of it, or the line it is on. @param text the git tag, or what stands in its place */
export function deriveVersion(rule: VersionRule, text: string, facts: RunFacts): Yield {
  const scheme = schemes[rule.type];
  const written = versionText(rule, text);
  if (written === undefined) return nothing(`"${text}" does not match ${rule.match?.source}`);
  const version = scheme.read(written);
  if (version === undefined) return nothing(`"${written}" is no ${scheme.name}`);

  const stage = facts.release === "prerelease" ? "prerelease" : version.stage;
  const names = partNames(rule.pattern);
  if (stage !== "final") return { kind: "tag", pieces: collapse(rule.pattern, version), literal: false };
  const pieces = rule.pattern.map((node) => fill(node, version));
  const lineage = { own: version.release, read: (gitTag: string) => readOther(rule, scheme, gitTag) };
  if (namesOneVersion(names)) return { kind: "tag", pieces, literal: false, lineage };
  return { kind: "tag", pieces, literal: false, lineage, floatsOn: lineOf(names, version.release) };
}

/** The part of the text that `match` takes out; a text that does not match is of another product. */
function versionText(rule: VersionRule, text: string): string | undefined {
  const taken = rule.match ? rule.match.exec(text)?.[1] : text;
  return taken?.replaceAll("/", "-");
}

function readOther(rule: VersionRule, scheme: Scheme, gitTag: string): Release | undefined {
  const written = versionText(rule, gitTag);
  return written === undefined ? undefined : scheme.readOther(written);
}

function partNames(pattern: Template): ReadonlySet<string> {
  return new Set(pattern.flatMap((node) => (typeof node === "string" ? [] : [node.name])));
}

function namesOneVersion(names: ReadonlySet<string>): boolean {
  return (
    names.has("version") || names.has("raw") || ["major", "minor", "patch"].every((part) => names.has(part))
  );
}

/** The releases that the same pattern gives the same tag. */
function lineOf(names: ReadonlySet<string>, own: Release): (release: Release) => boolean {
  const shared = ["major", "minor", "patch"].flatMap((part, at) => (names.has(part) ? [at] : []));
  return (release) => shared.every((at) => (release.numbers[at] ?? 0) === (own.numbers[at] ?? 0));
}

/**
 * A version that is not final never gets less than its whole name: from the first part of a version in the pattern to
 * the last, the version stands instead. What is written around it stays, so that `v{{major}}` gives `v1.2.3-rc.1`.
 */
function collapse(pattern: Template, version: ReadVersion): readonly Piece[] {
  const names = partNames(pattern);
  if (names.has("version") || names.has("raw")) return pattern.map((node) => fill(node, version));
  const whole: Piece = { text: version.parts.version, origin: "derived" };
  const first = pattern.findIndex((node) => typeof node !== "string");
  if (first < 0) return [whole];
  const last = pattern.findLastIndex((node) => typeof node !== "string");
  const written = (nodes: Template) => nodes.map((node) => fill(node, version));
  return [...written(pattern.slice(0, first)), whole, ...written(pattern.slice(last + 1))];
}

function fill(node: Template[number], version: ReadVersion): Piece {
  if (typeof node === "string") return { text: node, origin: "written" };
  return { text: version.parts[node.name as VersionExpression] ?? "", origin: "derived" };
}
