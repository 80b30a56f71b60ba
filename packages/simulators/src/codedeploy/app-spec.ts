import { createHash } from "node:crypto";
import { parseDocument } from "yaml";
import { isJsonObject } from "../members.ts";
import type { JsonObject } from "../service.ts";
import { faults, read } from "./faults.ts";

/** What an AppSpec says of one Amazon ECS service ("AppSpec file structure for Amazon ECS deployments"). */
export interface AppSpec {
  readonly taskDefinition: string;
  readonly containerName: string;
  readonly containerPort: number;
  readonly platformVersion?: string;
  readonly capacityProviderStrategy?: readonly JsonObject[];
  readonly networkConfiguration?: JsonObject;
  /** Lambda function by lifecycle event. */
  readonly hooks: ReadonlyMap<string, string>;
}

export const hookEvents = [
  "BeforeInstall",
  "AfterInstall",
  "AfterAllowTestTraffic",
  "BeforeAllowTraffic",
  "AfterAllowTraffic",
];

const sha256 = (content: string) => createHash("sha256").update(content).digest("hex");

/** The member of a name in whatever case: AppSpec files are written in several. */
function member(fields: JsonObject, name: string): unknown {
  const key = Object.keys(fields).find((candidate) => candidate.toLowerCase() === name.toLowerCase());
  return key === undefined ? undefined : fields[key];
}

function part(fields: JsonObject, name: string): JsonObject {
  const value = member(fields, name);
  if (isJsonObject(value)) return value;
  throw faults.invalidRevision(`The AppSpec file is missing ${name}, or it is not an object.`);
}

function textOf(fields: JsonObject, name: string): string {
  const value = member(fields, name);
  if (typeof value === "string" && value !== "") return value;
  throw faults.invalidRevision(`The AppSpec file is missing ${name}.`);
}

/** Members of a structure with their first letter lowered: an AppSpec writes them in capitals, the API does not. */
function lowered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(lowered);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key.charAt(0).toLowerCase() + key.slice(1), lowered(inner)]),
  );
}

function parse(content: string): JsonObject {
  const document = parseDocument(content);
  const parsed: unknown = document.errors.length === 0 ? document.toJS() : undefined;
  if (!isJsonObject(parsed)) throw faults.invalidRevision("The AppSpec file is not valid JSON or YAML.");
  return parsed;
}

function hooksOf(document: JsonObject): ReadonlyMap<string, string> {
  const listed = member(document, "Hooks") ?? [];
  if (!Array.isArray(listed)) throw faults.invalidRevision("Hooks of the AppSpec file is not a list.");
  const pairs = listed.flatMap((entry: unknown) => (isJsonObject(entry) ? Object.entries(entry) : []));
  for (const [event] of pairs) {
    if (!hookEvents.includes(event))
      throw faults.invalidRevision(`${event} is not a lifecycle event hook of an Amazon ECS deployment.`);
  }
  return new Map(pairs.map(([event, name]) => [event, String(name)]));
}

/** Reads the AppSpec of the only resource. @throws InvalidRevisionException */
export function parseAppSpec(content: string): AppSpec {
  const document = parse(content);
  const version = member(document, "version");
  if (Number(version) !== 0)
    throw faults.invalidRevision(`The AppSpec version ${String(version)} is not supported: use 0.0.`);
  const resources = member(document, "Resources");
  if (!Array.isArray(resources) || resources.length !== 1 || !isJsonObject(resources[0]))
    throw faults.invalidRevision("The AppSpec file must have exactly one resource.");
  const [resource] = Object.values(resources[0]);
  if (!isJsonObject(resource))
    throw faults.invalidRevision("The resource of the AppSpec file is not an object.");
  const type = textOf(resource, "Type");
  if (type !== "AWS::ECS::Service")
    throw faults.invalidRevision(`The resource type ${type} does not fit the compute platform ECS.`);
  const properties = part(resource, "Properties");
  const balancer = part(properties, "LoadBalancerInfo");
  const strategy = lowered(member(properties, "CapacityProviderStrategy"));
  const network = lowered(member(properties, "NetworkConfiguration"));
  const platform = member(properties, "PlatformVersion");
  return {
    taskDefinition: textOf(properties, "TaskDefinition"),
    containerName: textOf(balancer, "ContainerName"),
    containerPort: Number(member(balancer, "ContainerPort")),
    hooks: hooksOf(document),
    ...(typeof platform === "string" && { platformVersion: platform }),
    ...(Array.isArray(strategy) && { capacityProviderStrategy: strategy.filter(isJsonObject) }),
    ...(isJsonObject(network) && { networkConfiguration: network }),
  };
}

/** Reads the `revision` of CreateDeployment; only AppSpecContent is simulated. */
export function readRevision(input: JsonObject) {
  const revision = read.object(input, "revision");
  if (!revision) throw faults.revisionRequired();
  const type = read.text(revision, "revisionType");
  const inline = read.object(revision, "appSpecContent");
  if (type !== "AppSpecContent" || !inline)
    throw faults.invalidRevision(
      `A revision of the type ${type ?? "(none)"} is not simulated: use AppSpecContent.`,
    );
  const content = read.requiredText(inline, "content");
  const claimed = read.text(inline, "sha256");
  if (claimed !== undefined && claimed !== sha256(content))
    throw faults.invalidRevision("The SHA256 hash of the content does not match the content.");
  return { content, sha256: sha256(content), spec: parseAppSpec(content) };
}

/** The revision a rollback deploys when nothing was deployed before: what the original task set runs. */
export function revisionFor(spec: AppSpec) {
  const content = JSON.stringify({
    version: 0,
    Resources: [
      {
        TargetService: {
          Type: "AWS::ECS::Service",
          Properties: {
            TaskDefinition: spec.taskDefinition,
            LoadBalancerInfo: { ContainerName: spec.containerName, ContainerPort: spec.containerPort },
          },
        },
      },
    ],
  });
  return { content, sha256: sha256(content), spec };
}
