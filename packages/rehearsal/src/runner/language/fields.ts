import { closest, distance } from "fastest-levenshtein";
import type { Position, Problems } from "./problems.ts";
import type { Entry, MappingNode, SourceNode } from "./source.ts";

/** What a mapping may hold. */
export interface Shape {
  /** How messages call the mapping: `job "build"`. */
  readonly what: string;
  readonly known: readonly string[];
  /** Keys GitHub knows and this runner does not execute. */
  readonly unsupported?: readonly string[];
}

/** What a node is, in the words of a message. */
export function describe(node: SourceNode): string {
  if (node.kind !== "scalar") return `a ${node.kind}`;
  if (node.value === null) return "nothing";
  return typeof node.value === "string"
    ? `the text '${node.value}'`
    : `the ${typeof node.value} ${node.value}`;
}

/** The members of a mapping by key. Unknown and unsupported keys and anything but a mapping are problems. */
export function readFields(node: SourceNode, shape: Shape, problems: Problems): ReadonlyMap<string, Entry> {
  const fields = new Map<string, Entry>();
  for (const entry of readEntries(node, shape.what, problems)) {
    if (shape.known.includes(entry.key)) fields.set(entry.key, entry);
    else if (shape.unsupported?.includes(entry.key)) {
      problems.add(entry.at, `'${entry.key}' in ${shape.what} is not supported by this runner`);
    } else problems.add(entry.at, unknownKey(entry.key, shape));
  }
  return fields;
}

/** All members of a mapping with free keys; an empty value is an empty mapping. */
export function readEntries(node: SourceNode, what: string, problems: Problems): MappingNode["entries"] {
  if (node.kind === "mapping") return node.entries;
  if (node.kind === "scalar" && node.value === null) return [];
  problems.add(node.at, `${what}: expected a mapping, found ${describe(node)}`);
  return [];
}

/** A non-empty text, number or boolean as text. */
export function readText(entry: Entry | undefined, problems: Problems): string | undefined {
  if (!entry) return undefined;
  const { value } = entry;
  if (value.kind === "scalar" && value.value !== null && value.value !== "") return String(value.value);
  problems.add(value.at, `${entry.key}: expected a text, found ${describe(value)}`);
  return undefined;
}

/** `true` or `false`. */
export function readBoolean(entry: Entry | undefined, problems: Problems): boolean | undefined {
  if (!entry) return undefined;
  const { value } = entry;
  if (value.kind === "scalar" && typeof value.value === "boolean") return value.value;
  problems.add(value.at, `${entry.key}: expected true or false, found ${describe(value)}`);
  return undefined;
}

/** One text or a sequence of texts. */
export function readTexts(entry: Entry | undefined, problems: Problems): readonly string[] | undefined {
  if (!entry) return undefined;
  const items = entry.value.kind === "sequence" ? entry.value.items : [entry.value];
  return items.flatMap((item) => readText({ ...entry, value: item }, problems) ?? []);
}

/** Reports a member that must be there. */
export function requireField(
  fields: ReadonlyMap<string, Entry>,
  key: string,
  owner: { readonly what: string; readonly at: Position },
  problems: Problems,
): Entry | undefined {
  const entry = fields.get(key);
  if (!entry) problems.add(owner.at, `${owner.what} has no '${key}'`);
  return entry;
}

function unknownKey(key: string, shape: Shape): string {
  const all = [...shape.known, ...(shape.unsupported ?? [])];
  const nearest = closest(key, all);
  const guess = distance(key, nearest) <= 3 ? `; did you mean '${nearest}'?` : ".";
  return `unknown key '${key}' in ${shape.what}${guess} Known keys: ${shape.known.join(", ")}`;
}
