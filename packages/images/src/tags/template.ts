import { isTimeZone } from "./dates.ts";
import { LineProblem } from "./lines.ts";

/** An expression between double braces. */
export type Expression =
  | { readonly name: "date" | "commit_date"; readonly format: string; readonly timeZone: string }
  | { readonly name: PlainExpression | VersionExpression };

/** Text as the user wrote it, with expressions between. */
export type Template = readonly (string | Expression)[];

const dates = ["date", "commit_date"] as const;
const plain = ["branch", "tag", "sha", "base_ref", "is_default_branch", "is_not_default_branch"] as const;
const parts = ["raw", "version", "major", "minor", "patch"] as const;

/** An expression about the run that takes no argument. */
export type PlainExpression = (typeof plain)[number];
/** An expression about the version that a rule reads. */
export type VersionExpression = (typeof parts)[number];

/** Which expressions stand where. */
export const expressionsOf = {
  /** In `value`, `prefix`, `suffix` and `enable`. */
  anywhere: [...plain, ...dates],
  /** In the `pattern` of a schedule. */
  schedule: dates,
  /** In the `pattern` of semver and pep440. */
  version: parts,
} as const satisfies Record<string, readonly Expression["name"][]>;

const braces = /\{\{\{?(.*?)\}?\}\}/gs;
const call = /^\s*(\w+)((?:\s+(?:\w+=)?(?:'[^']*'|"[^"]*"))*)\s*$/;
const argument = /(?:(\w+)=)?(?:'([^']*)'|"([^"]*)")/g;

/**
 * Reads the part of Handlebars that metadata-action's users write: expressions with quoted arguments.
 * @param allowed the expressions that mean something here
 * @throws LineProblem for an unknown expression, a wrong argument or an unknown time zone
 */
export function parseTemplate(text: string, allowed: readonly Expression["name"][]): Template {
  const nodes: (string | Expression)[] = [];
  let end = 0;
  for (const found of text.matchAll(braces)) {
    nodes.push(text.slice(end, found.index), parseExpression(found[0], found[1] ?? "", allowed));
    end = found.index + found[0].length;
  }
  nodes.push(text.slice(end));
  const open = nodes.find((node) => typeof node === "string" && /\{\{|\}\}/.test(node));
  if (open !== undefined) throw new LineProblem(`an expression in "${text}" is not closed`);
  return nodes.filter((node) => node !== "");
}

function parseExpression(written: string, inner: string, allowed: readonly Expression["name"][]): Expression {
  const [, name = "", argumentText = ""] = call.exec(inner) ?? [];
  const known = allowed.find((candidate) => candidate === name);
  if (known === undefined)
    throw new LineProblem(
      `${written} is not known here; known are ${allowed.map((each) => `{{${each}}}`).join(", ")}`,
    );
  const given = [...argumentText.matchAll(argument)].map(([, key, single, double]) => ({
    key,
    value: single ?? double ?? "",
  }));
  if (known !== "date" && known !== "commit_date") {
    if (given.length > 0) throw new LineProblem(`${written}: ${known} takes no argument`);
    return { name: known };
  }
  const formats = given.filter(({ key }) => key === undefined);
  const stranger = given.find(({ key }) => key !== undefined && key !== "tz");
  if (stranger) throw new LineProblem(`${written}: "${stranger.key}" is not known; ${known} takes tz`);
  const [format] = formats;
  if (format === undefined || formats.length > 1 || format.value === "")
    throw new LineProblem(`${written}: ${known} takes one format, for example {{${known} 'YYYYMMDD'}}`);
  const timeZone = given.findLast(({ key }) => key === "tz")?.value ?? "UTC";
  if (!isTimeZone(timeZone)) throw new LineProblem(`${written}: "${timeZone}" is no known time zone`);
  return { name: known, format: format.value, timeZone };
}

/** The text of a template without expressions; `undefined` when it has any. */
export function literalOf(template: Template): string | undefined {
  return template.every((node) => typeof node === "string") ? template.join("") : undefined;
}
