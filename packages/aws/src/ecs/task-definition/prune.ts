import { type Fields, isFields, type Shape } from "./schema.ts";

/** Structures that mean something without a member: what kind of volume it is. */
const meaningfulWhenEmpty = new Set(["HostVolumeProperties", "DockerVolumeConfiguration"]);

/**
 * Drops what means "not set" and what the API rejects: nulls, empty lists, empty objects, and empty texts of structure
 * members (`taskRoleArn: ""`, as command line skeletons have them). Empty texts that carry meaning stay: list items
 * (`command: ["app", ""]`), map values (docker labels, log options) and every member called `value` (environment, tags,
 * proxy properties). Zero and false stay, and so does the empty object that makes a volume one of the host or of Docker.
 * @param keep members whose empty values stay wherever they are
 */
export function prune(fields: Fields, shape: Shape, keep: ReadonlySet<string> = new Set()): Fields {
  const pruned = prunedValue(fields, shape);
  return isFields(pruned) ? pruned : {};

  function prunedValue(value: unknown, at: Shape): unknown {
    if (value === null || value === undefined) return undefined;
    if (at.kind === "list" && Array.isArray(value)) {
      const items = value.map((item: unknown) => prunedValue(item, at.item)).filter(isGiven);
      return items.length === 0 ? undefined : items;
    }
    if (!isFields(value)) return value;
    const members = Object.entries(value).map(([key, member]): [string, unknown] => [
      key,
      keep.has(key) && isBlank(member) ? member : prunedMember(key, member, at),
    ]);
    const kept = members.filter(([, member]) => isGiven(member));
    if (kept.length > 0) return Object.fromEntries(kept);
    return at.kind === "structure" && meaningfulWhenEmpty.has(at.name) ? {} : undefined;
  }

  function prunedMember(key: string, value: unknown, at: Shape): unknown {
    if (at.kind === "map") return prunedValue(value, at.value);
    const member = at.kind === "structure" ? at.members.get(key) : undefined;
    if (!member) return value;
    return value === "" && key !== "value" ? undefined : prunedValue(value, member);
  }
}

function isGiven(value: unknown): boolean {
  return value !== undefined;
}

function isBlank(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return value === "" || (isFields(value) && Object.keys(value).length === 0);
}
