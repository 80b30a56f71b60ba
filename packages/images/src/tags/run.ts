import type { Piece } from "./compose.ts";
import { formatDate } from "./dates.ts";
import { LineProblem } from "./lines.ts";
import type { GitTags, RepositoryFacts, RunFacts, TagSource } from "./port.ts";
import type { Expression, Template } from "./template.ts";

/** A run as rules see it: what has to be read is read once, when the first rule asks for it. */
export interface TagRun {
  readonly facts: RunFacts;
  readonly ref: Ref;
  readonly shortSha: string;
  /** What the user should know, each once. */
  readonly warnings: Set<string>;
  versions(): Promise<GitTags>;
  repository(): Promise<RepositoryFacts>;
  /**
   * The text of a template in pieces; `undefined` when one of its expressions has no value in this run: half of a tag
   * would be the tag of something else.
   * @throws LineProblem when an expression cannot be known
   */
  render(template: Template): Promise<readonly Piece[] | undefined>;
}

/** A ref by what it names. */
export interface Ref {
  readonly branch: string | undefined;
  readonly tag: string | undefined;
  /** Number of a pull request. */
  readonly pull: string | undefined;
}

/** Events that run for the last commit of the default branch (GitHub Docs, "Events that trigger workflows"). */
const defaultBranchEvents = /^(?:schedule|issues|issue_comment|discussion|discussion_comment)$/;

/** Opens a run. @param shortLength digits of a short commit SHA */
export function openRun(source: TagSource, now: Date, shortLength: number, signal: AbortSignal): TagRun {
  const { facts } = source;
  const ref = readRef(facts.ref);
  const versions = once(() => source.versions(signal));
  const repository = once(() => source.repository(signal));
  const commitDate = once(() => source.commitDate(signal));
  const shortSha = facts.sha.slice(0, shortLength);
  const warnings = new Set(facts.gaps);

  const isDefaultBranch = async () => {
    if (ref.branch === undefined) return false;
    const { defaultBranch } = await repository();
    if (defaultBranch !== undefined) return ref.branch === defaultBranch;
    if (defaultBranchEvents.test(facts.event)) return true;
    warnings.add(
      `The default branch of ${facts.repository || "the repository"} cannot be read; ${ref.branch} is taken for another.`,
    );
    return false;
  };
  const evaluate = async (expression: Expression): Promise<string> => {
    switch (expression.name) {
      case "branch":
        return ref.branch ?? "";
      case "tag":
        return ref.tag ?? "";
      case "sha":
        return shortSha;
      case "base_ref":
        return facts.baseRef ?? "";
      case "is_default_branch":
        return String(await isDefaultBranch());
      case "is_not_default_branch":
        return String(!(await isDefaultBranch()));
      case "date":
        return formatDate(now, expression.format, expression.timeZone);
      case "commit_date": {
        const made = await commitDate();
        if (made === undefined) throw new LineProblem(`the time of commit ${facts.sha} cannot be read`);
        return formatDate(made, expression.format, expression.timeZone);
      }
      default:
        // Only the pattern of a version rule holds these, and the rule fills them in itself.
        return "";
    }
  };

  return {
    facts,
    ref,
    shortSha,
    warnings,
    versions,
    repository,
    async render(template) {
      const pieces: Piece[] = [];
      for (const node of template) {
        if (typeof node === "string") pieces.push({ text: node, origin: "written" });
        else pieces.push({ text: await evaluate(node), origin: "derived" });
      }
      return pieces.some(({ text }) => text === "") ? undefined : pieces;
    },
  };
}

function readRef(ref: string): Ref {
  const below = (start: string) => (ref.startsWith(start) ? ref.slice(start.length) || undefined : undefined);
  return {
    branch: below("refs/heads/"),
    tag: below("refs/tags/"),
    pull: below("refs/pull/")?.replace(/\/(?:merge|head)$/, ""),
  };
}

function once<T>(read: () => Promise<T>): () => Promise<T> {
  let reading: Promise<T> | undefined;
  return () => {
    reading ??= read();
    return reading;
  };
}
