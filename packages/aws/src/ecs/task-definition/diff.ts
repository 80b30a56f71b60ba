import { textOf } from "./members.ts";
import { normalise, seenBy } from "./normalise.ts";
import { type Fields, isFields } from "./schema.ts";

/** Characters of a value that are shown; a health check or a command may hold thousands. */
const longestShown = 120;
/** Members of free-form maps whose values are shown for nobody: `splunk-token`, `api_key`. */
const telling = /token|secret|password|passwd|credential|api[-_.]?key|private[-_.]?key|authorization/i;

/** One difference between two task definitions; texts are for people. */
export interface Difference {
  /** Where, for example `container api: image`. */
  readonly what: string;
  readonly before: string;
  readonly after: string;
}

/** Lists shown by the names of their items only: their values may be secrets. */
const byNameOnly: Readonly<Record<string, string>> = {
  environment: "environment variables",
  secrets: "secrets",
  secretOptions: "secret log options",
  properties: "proxy properties",
};

/**
 * What changes from one task definition to another, after normalising both. Values of environment variables, references
 * of secrets and options called like a secret are never shown; long values are cut.
 */
export function differences(before: Fields | undefined, after: Fields): readonly Difference[] {
  const old = before === undefined ? {} : normalise(seenBy(after, before));
  return compareFields(old, normalise(after), "");
}

function compareFields(before: Fields, after: Fields, place: string): Difference[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys.flatMap((key) => compareMember(key, before[key], after[key], place));
}

function compareMember(key: string, before: unknown, after: unknown, place: string): Difference[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  if (Object.hasOwn(byNameOnly, key)) return compareNamed(key, itemsOf(before), itemsOf(after), place);
  if (key === "containerDefinitions") return compareContainers(itemsOf(before), itemsOf(after));
  const what = `${place}${key}`;
  if (telling.test(key) && !isFields(before) && !isFields(after))
    return [
      {
        what,
        before: before === undefined ? "" : "not shown",
        after: after === undefined ? "" : "not shown (changed)",
      },
    ];
  const members = [before ?? {}, after ?? {}];
  const [old, fresh] = members;
  if (isFields(old) && isFields(fresh) && members.some((side) => Object.keys(side ?? {}).length > 0))
    return compareFields(old, fresh, `${what}.`);
  return [{ what, before: shown(before), after: shown(after) }];
}

function compareContainers(before: readonly Fields[], after: readonly Fields[]): Difference[] {
  const names = [...new Set([...before, ...after].map((container) => textOf(container, "name")))];
  const named = (containers: readonly Fields[], name: string) =>
    containers.find((container) => textOf(container, "name") === name);
  return names.flatMap((name) => {
    const old = named(before, name);
    const fresh = named(after, name);
    if (!fresh) return [{ what: `container ${name}`, before: textOf(old ?? {}, "image"), after: "removed" }];
    return compareFields(old ?? {}, fresh, `container ${name}: `);
  });
}

function compareNamed(
  key: string,
  before: readonly Fields[],
  after: readonly Fields[],
  place: string,
): Difference[] {
  const old = new Map(before.map((item) => [textOf(item, "name"), JSON.stringify(item)]));
  const fresh = new Map(after.map((item) => [textOf(item, "name"), JSON.stringify(item)]));
  const removed = [...old.keys()].filter((name) => !fresh.has(name));
  const added = [...fresh.keys()].filter((name) => !old.has(name));
  const changed = [...fresh].filter(([name, item]) => old.has(name) && old.get(name) !== item);
  const parts = [...added.map((name) => `${name} (added)`), ...changed.map(([name]) => `${name} (changed)`)];
  return [
    {
      what: `${place}${byNameOnly[key] ?? key}`,
      before: removed.map((name) => `${name} (removed)`).join(", "),
      after: parts.join(", "),
    },
  ];
}

function itemsOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.filter(isFields) : [];
}

/** What follows a flag or a name that is called like a secret: `--db-password x`, `TOKEN=x`, `"--api-key","x"`. */
const toldSecret = new RegExp(
  String.raw`((?:--?[\w-]*(?:${telling.source})[\w-]*(?:=|\s+|",")|\b\w*(?:${telling.source})\w*=))[^\s"',]+`,
  "gi",
);

function shown(value: unknown): string {
  if (value === undefined) return "";
  const text = (typeof value === "string" ? value : JSON.stringify(value)).replace(toldSecret, "$1***");
  return text.length > longestShown ? `${text.slice(0, longestShown)}…` : text;
}
