import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Shape, taskDefinitionShape } from "../../packages/aws/src/ecs/task-definition/schema.ts";

/** Words that more than their own member depends on, and those of closed sets, by member or by parent and member. */
const settled: Readonly<Record<string, unknown>> = {
  networkMode: "none",
  requiresCompatibilities: ["EC2", "EXTERNAL"],
  essential: false,
  pidMode: "host",
  ipcMode: "host",
  versionConsistency: "disabled",
  logDriver: "splunk",
  transitEncryption: "ENABLED",
  cpuArchitecture: "ARM64",
  operatingSystemFamily: "WINDOWS_SERVER_2019_FULL",
  "portMappings.protocol": "udp",
  "portMappings.appProtocol": "http2",
  "environmentFiles.type": "s3",
  "devices.permissions": ["read", "mknod"],
  "dependsOn.condition": "HEALTHY",
  "ulimits.name": "nofile",
  "resourceRequirements.type": "GPU",
  "firelensConfiguration.type": "fluentbit",
  "dockerVolumeConfiguration.scope": "shared",
  "authorizationConfig.iam": "ENABLED",
  "placementConstraints.type": "memberOf",
  "proxyConfiguration.type": "APPMESH",
};

/** A task definition with every member that the SDK knows, each with a value of its own and none with its default. */
export function everyMember(): Record<string, unknown> {
  let count = 1_000;
  const fill = (shape: Shape, name: string): unknown => {
    count += 1;
    switch (shape.kind) {
      case "structure":
        return Object.fromEntries(
          [...shape.members].map(([key, member]) => [
            key,
            settled[`${name}.${key}`] ?? settled[key] ?? fill(member, key),
          ]),
        );
      case "list":
        return shape.item.kind === "structure"
          ? [fill(shape.item, name)]
          : [fill(shape.item, `${name}-a`), fill(shape.item, `${name}-b`)];
      case "map":
        return { [`${name}-key`]: fill(shape.value, name), [`${name}-empty`]: "" };
      case "boolean":
        return true;
      case "number":
        return count;
      case "string":
        return `${name}-${count}`;
    }
  };
  const filled = fill(taskDefinitionShape, "");
  return { ...(filled as Record<string, unknown>), family: "every-member" };
}

interface ModelShape {
  readonly type: string;
  readonly members?: Readonly<Record<string, { readonly shape: string }>>;
  readonly member?: { readonly shape: string };
  readonly value?: { readonly shape: string };
  readonly enum?: readonly string[];
}

const modelPath = fileURLToPath(
  new URL("../../../shared/api-models/aws-models/botocore/ecs/service-2.json", import.meta.url),
);
/** True when the official API models lie beside the repository. */
export const hasModel = existsSync(modelPath);

/** A task definition with every member of the official model; call it only when there is one. */
export function everyMemberOfTheModel(): Record<string, unknown> {
  const { shapes } = JSON.parse(readFileSync(modelPath, "utf8")) as {
    shapes: Readonly<Record<string, ModelShape>>;
  };
  const fill = (name: string): unknown => {
    const shape = shapes[name];
    switch (shape?.type) {
      case "structure":
        return Object.fromEntries(
          Object.entries(shape.members ?? {}).map(([key, member]) => [key, fill(member.shape)]),
        );
      case "list":
        return [fill(shape.member?.shape ?? "")];
      case "map":
        return { key: fill(shape.value?.shape ?? "") };
      case "boolean":
        return true;
      case "integer":
        return 7;
      case "string":
        return shape.enum?.[0] ?? "text";
      default:
        throw new Error(
          `The shape ${name} has the type ${shape?.type}, which no task definition had before.`,
        );
    }
  };
  return fill("RegisterTaskDefinitionRequest") as Record<string, unknown>;
}

/** Where a value stands in a document. */
export type Path = readonly (string | number)[];

/** Every text, number and boolean of a document with its path. */
export function leavesOf(value: unknown, path: Path = []): readonly Path[] {
  if (typeof value !== "object" || value === null) return [path];
  return Array.isArray(value)
    ? value.flatMap((item, index) => leavesOf(item, [...path, index]))
    : Object.entries(value).flatMap(([key, item]) => leavesOf(item, [...path, key]));
}

/** The document with the value at a path replaced, or taken out when the new one is `undefined`. */
export function edited(value: unknown, path: Path, change: (old: unknown) => unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return change(value);
  if (Array.isArray(value))
    return value
      .map((item, index) => (index === step ? edited(item, rest, change) : item))
      .filter((item) => item !== undefined);
  const fields = value as Record<string, unknown>;
  const { [step]: old, ...others } = fields;
  const fresh = edited(old, rest, change);
  return fresh === undefined ? others : { ...fields, [step]: fresh };
}
