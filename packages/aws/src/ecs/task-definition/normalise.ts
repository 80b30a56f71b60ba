import { defaults, fargatePlatform, unordered } from "./defaults.ts";
import { listOf, textOf } from "./members.ts";
import { prune } from "./prune.ts";
import { type Fields, isFields, type Shape, taskDefinitionShape } from "./schema.ts";

/**
 * A task definition in the one form that a registered and a described definition share: without what Amazon ECS fills in
 * by itself, and with lists whose order means nothing sorted. Two definitions with equal forms run the same tasks.
 */
export function normalise(body: Fields): Fields {
  const networkMode = textOf(body, "networkMode");
  const isShared = networkMode === "awsvpc" || networkMode === "host";
  const types = body["requiresCompatibilities"];
  const isFargate = Array.isArray(types) && types.includes("FARGATE");
  const filledIn: Readonly<Record<string, Fields>> = isFargate
    ? { ...defaults, RuntimePlatform: fargatePlatform }
    : defaults;

  const strip = (value: unknown, shape: Shape): unknown => {
    if (shape.kind === "list" && Array.isArray(value))
      return value.map((item: unknown) => strip(item, shape.item));
    if (shape.kind !== "structure" || !isFields(value)) return value;
    const kept = Object.entries(value)
      .filter(([key, member]) => !isDefault(shape.name, key, member))
      .filter(([key, member]) => !(key === "hostPort" && isShared && member === value["containerPort"]))
      .map(([key, member]): [string, unknown] => {
        const inner = shape.members.get(key);
        return [key, inner ? sorted(key, strip(member, inner)) : member];
      })
      .filter(([key, member]) => !(key === "host" && isFields(member) && Object.keys(member).length === 0));
    return Object.fromEntries(kept);
  };
  /** Every boolean is off unless given, but one that is on by default. */
  const isDefault = (structure: string, key: string, member: unknown): boolean => {
    const own = filledIn[structure];
    return own && Object.hasOwn(own, key) ? member === own[key] : member === false;
  };

  // Empty values go before the defaults: null is as good as absent.
  const stripped = strip(prune(sized(body), taskDefinitionShape), taskDefinitionShape);
  const inOrder = alphabetical(prune(isFields(stripped) ? stripped : {}, taskDefinitionShape));
  return isFields(inOrder) ? inOrder : {};
}

/**
 * True when a registered revision is what is wanted: it makes the same tasks and has every tag that is wanted. Tags that
 * it has beside do not count, because accounts add their own to what is registered.
 */
export function isSame(wanted: Fields, registered: Fields): boolean {
  const one = normalise(wanted);
  const other = normalise(seenBy(wanted, registered));
  return JSON.stringify(one) === JSON.stringify(other);
}

/**
 * A registered revision in the words of what is wanted: with no more tags than those whose keys are wanted, and with a role
 * by its name where it is wanted so, since Describe answers its ARN (API reference, RegisterTaskDefinition taskRoleArn:
 * "short name or full ARN").
 */
export function seenBy(wanted: Fields, registered: Fields): Fields {
  const keys = new Set(listOf(wanted, "tags").map((tag) => textOf(tag, "key")));
  const { tags: _tags, ...rest } = registered;
  const roles = (["taskRoleArn", "executionRoleArn"] as const).flatMap((member) => {
    const name = textOf(wanted, member);
    return name !== "" && textOf(registered, member).endsWith(`:role/${name}`) ? [[member, name]] : [];
  });
  const tags = listOf(registered, "tags").filter((tag) => keys.has(textOf(tag, "key")));
  return { ...rest, ...Object.fromEntries(roles), tags };
}

function sorted(key: string, value: unknown): unknown {
  if (!Array.isArray(value) || !Object.hasOwn(unordered, key)) return value;
  const names = unordered[key] ?? [];
  const nameOf = (item: unknown) =>
    isFields(item) ? JSON.stringify(names.map((name) => item[name] ?? null)) : JSON.stringify(item);
  const items = value.toSorted((a, b) => compare(nameOf(a), nameOf(b)));
  // EC2 is what a definition is for when it names nothing.
  return key === "requiresCompatibilities" && items.join() === "EC2" ? [] : items;
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** `1 vCPU` and `2 GB` are answered as `1024` and `2048` (API reference, RegisterTaskDefinition cpu and memory). */
function sized(body: Fields): Fields {
  const inUnits = (member: string, unit: RegExp) => {
    const match = unit.exec(textOf(body, member));
    return match ? { [member]: String(Math.round(Number(match[1]) * 1_024)) } : {};
  };
  return {
    ...body,
    ...inUnits("cpu", /^\s*([\d.]+)\s*vcpu\s*$/i),
    ...inUnits("memory", /^\s*([\d.]+)\s*gb\s*$/i),
  };
}

/** The same value with the members of every object in alphabetical order. */
function alphabetical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(alphabetical);
  if (!isFields(value)) return value;
  const members = Object.entries(value).sort(([a], [b]) => compare(a, b));
  return Object.fromEntries(members.map(([key, member]) => [key, alphabetical(member)]));
}
