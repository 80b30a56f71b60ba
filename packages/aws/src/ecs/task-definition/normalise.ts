import { textOf } from "./containers.ts";
import { prune } from "./prune.ts";
import { type Fields, isFields, type Shape, taskDefinitionShape } from "./schema.ts";

/** What Describe fills in for members that were left out, by structure (API reference of each type). */
const defaults: Readonly<Record<string, Fields>> = {
  RegisterTaskDefinitionRequest: { networkMode: "bridge" },
  ContainerDefinition: { cpu: 0, versionConsistency: "enabled" },
  ContainerRestartPolicy: { restartAttemptPeriod: 300 },
  EFSVolumeConfiguration: { rootDirectory: "/", transitEncryption: "DISABLED" },
  EFSAuthorizationConfig: { iam: "DISABLED" },
  HealthCheck: { interval: 30, timeout: 5, retries: 3, startPeriod: 0 },
  PortMapping: { protocol: "tcp", hostPort: 0 },
  RuntimePlatform: { cpuArchitecture: "X86_64", operatingSystemFamily: "LINUX" },
};
/** Lists whose order means nothing, with the member that names an item. */
const unordered: Readonly<Record<string, string>> = {
  environment: "name",
  secrets: "name",
  secretOptions: "name",
  tags: "key",
};

/**
 * A task definition in the one form that a registered and a described definition share: without what Amazon ECS fills in
 * by itself, and with lists whose order means nothing sorted. Two definitions with equal forms run the same tasks.
 */
export function normalise(body: Fields): Fields {
  const networkMode = textOf(body, "networkMode");
  const hostPortIsContainerPort = networkMode === "awsvpc" || networkMode === "host";
  const strip = (value: unknown, shape: Shape): unknown => {
    if (shape.kind === "list" && Array.isArray(value))
      return value.map((item: unknown) => strip(item, shape.item));
    if (shape.kind !== "structure" || !isFields(value)) return value;
    const filledIn = defaults[shape.name] ?? {};
    const kept = Object.entries(value)
      .filter(([key, member]) => member !== filledIn[key] && !isOff(shape.name, key, member))
      .filter(
        ([key, member]) =>
          !(key === "hostPort" && hostPortIsContainerPort && member === value["containerPort"]),
      )
      .map(([key, member]): [string, unknown] => {
        const inner = shape.members.get(key);
        return [key, inner ? sorted(key, strip(member, inner)) : member];
      });
    return Object.fromEntries(kept);
  };
  const stripped = strip(sized(body), taskDefinitionShape);
  const inOrder = alphabetical(prune(isFields(stripped) ? stripped : {}, taskDefinitionShape));
  return isFields(inOrder) ? inOrder : {};
}

/** True when two bodies make the same tasks. */
export function isSame(one: Fields, other: Fields): boolean {
  return JSON.stringify(normalise(one)) === JSON.stringify(normalise(other));
}

/** Every boolean is off unless given, but `essential`, which is on. */
function isOff(structure: string, key: string, value: unknown): boolean {
  return structure === "ContainerDefinition" && key === "essential" ? value === true : value === false;
}

function sorted(key: string, value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  if (key === "requiresCompatibilities") {
    const types = value.map(String).sort();
    return types.join() === "EC2" ? [] : types;
  }
  const name = unordered[key];
  if (name === undefined) return value;
  return value.filter(isFields).sort((a, b) => compare(textOf(a, name), textOf(b, name)));
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
