import { composeTag, type Piece } from "./compose.ts";
import { derive } from "./derive.ts";
import { isEnabled } from "./enable.ts";
import type { Flavor } from "./flavor.ts";
import { latest } from "./latest.ts";
import { eachLine, type Line } from "./lines.ts";
import { latestRule, type MadeTag, type NamedTag, objection } from "./newest.ts";
import type { Rule } from "./rules.ts";
import type { TagRun } from "./run.ts";
import { standingOf } from "./standing.ts";
import type { Template } from "./template.ts";

/** The tags that every repository gets, `latest` last. */
export async function nameTags(
  rules: readonly Rule[],
  flavor: Flavor,
  run: TagRun,
  unused: string[],
): Promise<readonly NamedTag[]> {
  const made: MadeTag[] = [];
  await eachLine(rules, async (rule) => {
    const result = await makeTag(rule, flavor, run);
    if (typeof result === "string") unused.push(`${ruleName(rule.line)}: ${result}`);
    else made.push(result);
  });
  const owed = await latestRule(made, flavor, run);
  const tags: NamedTag[] = made.filter(({ tag }) => tag !== latest);
  if (owed && "rule" in owed) {
    const called = await latestTag(flavor, run);
    if (called === undefined) unused.push("latest: an expression in the flavor's prefix or suffix is empty");
    else {
      const wished = called === latest ? [] : made.filter(({ tag }) => tag === latest);
      return [
        ...tags.filter(({ tag }) => tag !== called),
        ...wished,
        { tag: called, ...owed, standing: "moving" },
      ];
    }
  } else if (owed) unused.push(`latest: ${owed.reason}`);
  return [...tags, ...made.filter(({ tag }) => tag === latest)];
}

/** The tag of a rule, or why there is none. @throws LineProblem */
async function makeTag(rule: Rule, flavor: Flavor, run: TagRun): Promise<MadeTag | string> {
  if (!(await isEnabled(rule.enable, run))) return "it is disabled";
  const result = await derive(rule, run);
  if (result.kind === "nothing") return result.reason;
  const prefix = await affix(rule, rule.prefix ?? flavor.prefix?.text, run);
  const suffix = await affix(rule, rule.suffix ?? flavor.suffix?.text, run);
  if (prefix === undefined || suffix === undefined)
    return "an expression in its prefix or suffix is empty, and without it the tag would be another's";
  const tag = composeTag([...prefix, ...result.pieces, ...suffix], run.facts.ref);
  const standing = standingOf(rule.kind, result, tag, run.facts.sha);
  return (await objection(tag, result, rule, run)) ?? { tag, rule: rule.line.text, from: result, standing };
}

/** The commit's SHA is distinct by itself: it can do without a prefix or suffix that has no value in this run. */
async function affix(
  { kind }: Rule,
  template: Template | undefined,
  run: TagRun,
): Promise<readonly Piece[] | undefined> {
  const pieces = await run.render(template ?? []);
  return pieces ?? (kind.type === "sha" ? [] : undefined);
}

async function latestTag({ prefix, suffix }: Flavor, run: TagRun): Promise<string | undefined> {
  const affixes = [prefix, suffix].map((given) => (given?.on === "rules and latest" ? given : undefined));
  const line = affixes.find((given) => given !== undefined)?.line;
  if (line === undefined) return latest;
  const [tag] = await eachLine([{ line }], async () => {
    const [before, after] = [
      await run.render(affixes[0]?.text ?? []),
      await run.render(affixes[1]?.text ?? []),
    ];
    if (before === undefined || after === undefined) return undefined;
    return composeTag([...before, { text: latest, origin: "written" }, ...after], run.facts.ref);
  });
  return tag;
}

/** Where a line stands in messages that list rules. */
export function ruleName({ number, text }: Line): string {
  return number === 0 ? `the default (${text})` : `line ${number} (${text})`;
}
