import { parseReference, type TaggedImage } from "../reference.ts";
import {
  type Field,
  type Line,
  LineProblem,
  onLine,
  readAttributes,
  readEach,
  readFields,
  readLines,
  readSwitch,
} from "./lines.ts";
import { readPattern } from "./patterns.ts";
import { expressionsOf, literalOf, parseTemplate, type Template } from "./template.ts";

/** What one rule makes tags of. */
export type RuleKind =
  | { readonly type: "schedule"; readonly pattern: Template }
  | {
      readonly type: "semver" | "pep440";
      readonly pattern: Template;
      /** In place of the git tag. */
      readonly value: Template | undefined;
      /** Its first group is the version. */
      readonly match: RegExp | undefined;
    }
  | {
      readonly type: "match";
      readonly pattern: RegExp;
      readonly group: number;
      readonly value: Template | undefined;
    }
  | { readonly type: "edge"; readonly branch: string | undefined }
  | { readonly type: "ref"; readonly event: "branch" | "tag" | "pr" }
  | { readonly type: "raw"; readonly value: Template }
  | { readonly type: "sha"; readonly format: "short" | "long" };

/** A rule of the input `tags`. */
export interface Rule {
  readonly line: Line;
  readonly kind: RuleKind;
  readonly enable: Template;
  readonly priority: number;
  /** `undefined` leaves it to the flavor; an empty one opts out of it. */
  readonly prefix: Template | undefined;
  readonly suffix: Template | undefined;
}

/** A full reference of the input `tags`, which stands for itself. */
export interface WrittenReference {
  readonly line: Line;
  readonly image: TaggedImage;
}

/** What the input `tags` asks for: rules by falling priority, then the references in the order they are written. */
export interface TagEntries {
  readonly rules: readonly Rule[];
  readonly references: readonly WrittenReference[];
}

/** Priorities and attributes as docker/metadata-action has them (its README, "tags input"). */
const types: Readonly<
  Record<RuleKind["type"], { readonly priority: number; readonly attributes: readonly string[] }>
> = {
  schedule: { priority: 1_000, attributes: ["pattern"] },
  semver: { priority: 900, attributes: ["pattern", "value", "match"] },
  pep440: { priority: 900, attributes: ["pattern", "value", "match"] },
  match: { priority: 800, attributes: ["pattern", "group", "value"] },
  edge: { priority: 700, attributes: ["branch"] },
  ref: { priority: 600, attributes: ["event"] },
  raw: { priority: 200, attributes: ["value"] },
  sha: { priority: 100, attributes: ["format"] },
};
const common = ["type", "enable", "priority", "prefix", "suffix"];

/** What an empty input means: the commit, a tag that never moves. */
const defaultRule: Rule = {
  line: { input: "tags", number: 0, text: "type=sha,format=long,prefix=" },
  kind: { type: "sha", format: "long" },
  enable: ["true"],
  priority: types.sha.priority,
  prefix: undefined,
  suffix: undefined,
};

/** Reads the input `tags`. @throws ShipError `TAG_RULE_INVALID` naming every line that is wrong */
export function readTagEntries(input: string): TagEntries {
  const lines = readLines("tags", input);
  if (lines.length === 0) return { rules: [defaultRule], references: [] };
  const entries = readEach(lines, "TAG_RULE_INVALID", readEntries).flat();
  return {
    rules: entries.filter((entry) => "kind" in entry).sort((one, other) => other.priority - one.priority),
    references: entries.filter((entry) => "image" in entry),
  };
}

/** A line of attributes is one rule; a line of plain words is a list of tags and references. */
function readEntries(line: Line): readonly (Rule | WrittenReference)[] {
  const fields = readFields(line.text);
  if (fields.some(({ key }) => key !== undefined)) return [readRule(line, fields)];
  const words = fields.map(({ value }) => value).filter((word) => word !== "");
  if (words.length === 0) throw new LineProblem("it names no tag");
  return words.map((word) => readReference(line, word) ?? readRule(line, [{ key: "value", value: word }]));
}

function readReference(line: Line, word: string): WrittenReference | undefined {
  if (word.includes("{{")) return undefined;
  const image = onLine(() => parseReference(word));
  if (image) return { line, image };
  if (word.includes("/"))
    throw new LineProblem(`"${word}" is neither a tag nor an image with a tag, as in ghcr.io/octo/shop:1.2`);
  return undefined;
}

function readRule(line: Line, fields: readonly Field[]): Rule {
  const type = readType(fields);
  const attributes = readAttributes(fields, [...common, ...types[type].attributes], "value");
  const template = (key: string) => {
    const text = attributes.get(key);
    return text === undefined ? undefined : parseTemplate(text, expressionsOf.anywhere);
  };
  const kind = readKind(type, attributes, template);
  return {
    line,
    kind,
    enable: readEnable(template("enable")),
    priority: readPriority(attributes.get("priority")) ?? types[type].priority,
    prefix: template("prefix") ?? customaryPrefix(kind),
    suffix: template("suffix"),
  };
}

/** Pull requests and short commits say what they are; this also keeps the flavor's prefix away from them. */
function customaryPrefix(kind: RuleKind): Template | undefined {
  if (kind.type === "sha") return ["sha-"];
  return kind.type === "ref" && kind.event === "pr" ? ["pr-"] : undefined;
}

function readType(fields: readonly Field[]): RuleKind["type"] {
  const written = fields.find(({ key }) => key === "type")?.value ?? "raw";
  const known = Object.keys(types) as RuleKind["type"][];
  const type = known.find((candidate) => candidate === written);
  if (type) return type;
  throw new LineProblem(`the rule type "${written}" is not known; known are ${known.join(", ")}`);
}

function readKind(
  type: RuleKind["type"],
  attributes: ReadonlyMap<string, string>,
  template: (key: string) => Template | undefined,
): RuleKind {
  const needed = (key: string) => {
    const value = attributes.get(key);
    if (value === undefined || value === "")
      throw new LineProblem(`type=${type} needs the attribute "${key}"`);
    return value;
  };
  const given = (key: string) => attributes.get(key) || undefined;
  switch (type) {
    case "schedule":
      return {
        type,
        pattern: parseTemplate(
          attributes.has("pattern") ? needed("pattern") : "nightly",
          expressionsOf.schedule,
        ),
      };
    case "semver":
    case "pep440": {
      const match = given("match");
      return {
        type,
        pattern: parseTemplate(needed("pattern"), expressionsOf.version),
        value: given("value") ? template("value") : undefined,
        match: match === undefined ? undefined : readPattern(match, 1),
      };
    }
    case "match": {
      const group = readGroup(attributes.get("group") ?? "0");
      return {
        type,
        pattern: readPattern(needed("pattern"), group),
        group,
        value: given("value") ? template("value") : undefined,
      };
    }
    case "edge":
      return { type, branch: given("branch") };
    case "ref":
      return { type, event: oneOf("event", needed("event"), ["branch", "tag", "pr"]) };
    case "raw": {
      const value = template("value");
      if (value === undefined) throw new LineProblem('type=raw needs the attribute "value"');
      return { type, value };
    }
    case "sha":
      return { type, format: oneOf("format", attributes.get("format") ?? "short", ["short", "long"]) };
  }
}

function readEnable(template: Template | undefined): Template {
  if (template === undefined) return ["true"];
  const literal = literalOf(template);
  if (literal !== undefined) readSwitch("enable", literal);
  return template;
}

function readPriority(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^-?\d+(?:\.\d+)?$/.test(text)) throw new LineProblem(`priority is "${text}"; accepted: a number`);
  return Number(text);
}

function readGroup(text: string): number {
  if (!/^\d+$/.test(text)) throw new LineProblem(`group is "${text}"; accepted: the number of a group`);
  return Number(text);
}

function oneOf<T extends string>(key: string, value: string, accepted: readonly T[]): T {
  const found = accepted.find((candidate) => candidate === value);
  if (found !== undefined) return found;
  throw new LineProblem(`${key} is "${value}"; accepted: ${accepted.join(", ")}`);
}
