import { type Fields, isFields, type Shape } from "./schema.ts";

/**
 * Drops what means "not set" and what the API rejects: nulls, empty lists, empty objects, and empty texts of structure
 * members (`taskRoleArn: ""`, as command line skeletons have them). Empty texts that carry meaning stay: list items
 * (`command: ["app", ""]`), map values (docker labels, log options) and every member called `value` (environment, tags,
 * proxy properties). Zero and false stay.
 */
export function prune(fields: Fields, shape: Shape): Fields {
  const pruned = pruneValue(fields, shape);
  return isFields(pruned) ? pruned : {};
}

function pruneValue(value: unknown, shape: Shape): unknown {
  if (value === null || value === undefined) return undefined;
  if (shape.kind === "list" && Array.isArray(value)) {
    const items = value.map((item: unknown) => pruneValue(item, shape.item)).filter(isGiven);
    return items.length === 0 ? undefined : items;
  }
  if (!isFields(value)) return value;
  const members = Object.entries(value).map(([key, member]): [string, unknown] => [
    key,
    pruneMember(key, member, shape),
  ]);
  const given = members.filter(([, member]) => isGiven(member));
  return given.length === 0 ? undefined : Object.fromEntries(given);
}

function pruneMember(key: string, value: unknown, shape: Shape): unknown {
  if (shape.kind === "map") return pruneValue(value, shape.value);
  const member = shape.kind === "structure" ? shape.members.get(key) : undefined;
  if (!member) return value;
  return value === "" && key !== "value" ? undefined : pruneValue(value, member);
}

function isGiven(value: unknown): boolean {
  return value !== undefined;
}
