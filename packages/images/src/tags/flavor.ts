import { type Line, LineProblem, readEach, readFields, readLines, readSwitch } from "./lines.ts";
import { expressionsOf, parseTemplate, type Template } from "./template.ts";

/** What holds for all rules. */
export interface Flavor {
  readonly latest: "auto" | "always" | "never";
  readonly prefix: Affix | undefined;
  readonly suffix: Affix | undefined;
}

/** Text before or after the tags of rules that bring none of their own. */
export interface Affix {
  readonly line: Line;
  readonly text: Template;
  readonly on: "rules" | "rules and latest";
}

const latestWords = { auto: "auto", true: "always", false: "never" } as const;

/** Reads the input `flavor`. @throws ShipError `TAG_RULE_INVALID` naming every line that is wrong */
export function readFlavor(input: string): Flavor {
  const flavors = readEach(readLines("flavor", input), "TAG_RULE_INVALID", readLine);
  return { latest: "auto", prefix: undefined, suffix: undefined, ...Object.assign({}, ...flavors) };
}

/** `onlatest` belongs to the prefix or suffix before it on the same line. */
function readLine(line: Line): Partial<Flavor> {
  let latest: Flavor["latest"] | undefined;
  const affixes: Partial<Record<"prefix" | "suffix", Affix>> = {};
  let last: "prefix" | "suffix" | undefined;
  for (const { key, value } of readFields(line.text)) {
    switch (key) {
      case "latest":
        latest = readLatest(value);
        break;
      case "prefix":
      case "suffix":
        affixes[key] = { line, text: parseTemplate(value, expressionsOf.anywhere), on: "rules" };
        last = key;
        break;
      case "onlatest": {
        const affix = last && affixes[last];
        if (last === undefined || affix === undefined)
          throw new LineProblem("onlatest stands after a prefix or a suffix");
        affixes[last] = { ...affix, on: readSwitch(key, value) ? "rules and latest" : "rules" };
        break;
      }
      default:
        throw new LineProblem(
          `"${key ?? value}" is not known; known are latest, prefix, suffix and onlatest`,
        );
    }
  }
  return { ...affixes, ...(latest && { latest }) };
}

function readLatest(value: string): Flavor["latest"] {
  const lower = value.toLowerCase();
  if (lower === "auto" || lower === "true" || lower === "false") return latestWords[lower];
  throw new LineProblem(`latest is "${value}"; accepted: auto, true or false`);
}
