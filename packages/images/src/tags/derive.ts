import { deriveMatch } from "./match-rule.ts";
import { readRelease } from "./releases.ts";
import type { Rule, RuleKind } from "./rules.ts";
import type { TagRun } from "./run.ts";
import { literalOf, type Template } from "./template.ts";
import { deriveVersion } from "./version-rule.ts";
import { type DerivedTag, nothing, type Yield } from "./yield.ts";

/** Applies a rule to a run. @throws LineProblem */
export async function derive({ kind }: Pick<Rule, "kind">, run: TagRun): Promise<Yield> {
  const { facts } = run;
  const here = `the ref is ${facts.ref || "unknown"}`;
  switch (kind.type) {
    case "schedule":
      if (!facts.event.includes("schedule")) return nothing(`the event is ${facts.event || "unknown"}`);
      return written(kind.pattern, run);
    case "semver":
    case "pep440":
    case "match": {
      const text = await sourceOf(kind, run);
      if (text === undefined) return nothing(kind.value ? "its value is empty" : `${here}, no tag`);
      return kind.type === "match" ? deriveMatch(kind, text, facts) : deriveVersion(kind, text, facts);
    }
    case "edge":
      return deriveEdge(kind.branch, run);
    case "ref":
      return deriveRef(kind.event, run);
    case "raw":
      return written(kind.value, run);
    case "sha": {
      const sha = kind.format === "long" ? facts.sha : run.shortSha;
      return sha === "" ? nothing("the commit is not known") : derived(sha);
    }
  }
}

function derived(text: string): DerivedTag {
  return { kind: "tag", pieces: [{ text, origin: "derived" }], literal: false };
}

async function written(template: Template, run: TagRun): Promise<Yield> {
  const pieces = await run.render(template);
  if (pieces === undefined) return nothing("one of its expressions is empty");
  if (pieces.length === 0) return nothing("its value is empty");
  return { kind: "tag", pieces, literal: literalOf(template) !== undefined };
}

async function sourceOf(
  { value }: Extract<RuleKind, { type: "semver" | "pep440" | "match" }>,
  run: TagRun,
): Promise<string | undefined> {
  if (value === undefined) return run.ref.tag;
  const pieces = await run.render(value);
  return pieces?.map(({ text }) => text).join("");
}

async function deriveEdge(branch: string | undefined, run: TagRun): Promise<Yield> {
  if (run.ref.branch === undefined) return nothing(`the ref is ${run.facts.ref}, no branch`);
  const edge = branch ?? (await run.repository()).defaultBranch;
  if (edge === undefined) return nothing("the default branch cannot be read");
  if (run.ref.branch !== edge) return nothing(`the branch is ${run.ref.branch}, not ${edge}`);
  return { kind: "tag", pieces: [{ text: "edge", origin: "written" }], literal: true };
}

function deriveRef(event: "branch" | "tag" | "pr", { facts, ref }: TagRun): Yield {
  const kinds = { branch: ref.branch, tag: ref.tag, pr: ref.pull };
  const named = kinds[event];
  const wanted = { branch: "branch", tag: "tag", pr: "pull request" }[event];
  if (named === undefined) return nothing(`the ref is ${facts.ref || "unknown"}, no ${wanted}`);
  const tag = derived(named);
  const release = event === "tag" ? readRelease(named) : undefined;
  const isFinal = release?.stage === "final" && release.shape === "version" && facts.release !== "prerelease";
  return release && isFinal ? { ...tag, lineage: { own: release, read: readRelease } } : tag;
}
