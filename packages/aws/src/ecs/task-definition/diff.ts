import { textOf } from "./containers.ts";
import { normalise } from "./normalise.ts";
import { type Fields, isFields } from "./schema.ts";

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
};

/**
 * What changes from one task definition to another, after normalising both.
 * Values of environment variables and references of secrets are never shown.
 */
export function differences(before: Fields | undefined, after: Fields): readonly Difference[] {
  return compareFields(before === undefined ? {} : normalise(before), normalise(after), "");
}

function compareFields(before: Fields, after: Fields, place: string): Difference[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys.flatMap((key) => compareMember(key, before[key], after[key], place));
}

function compareMember(key: string, before: unknown, after: unknown, place: string): Difference[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  if (key in byNameOnly) return compareNamed(key, itemsOf(before), itemsOf(after), place);
  if (key === "containerDefinitions") return compareContainers(itemsOf(before), itemsOf(after));
  if (isFields(before) && isFields(after)) return compareFields(before, after, `${place}${key}.`);
  return [{ what: `${place}${key}`, before: shown(before), after: shown(after) }];
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

function shown(value: unknown): string {
  if (value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}
