import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { parseDocument } from "yaml";
import { type Environment, messageOf, ShipError } from "#ship/kit";
import type { TaskSet } from "../ecs/api/task-sets.ts";
import { type Fields, isFields } from "../ecs/task-definition/schema.ts";

/** An AppSpec as CreateDeployment takes it. */
export interface Revision {
  readonly content: string;
  /** Hexadecimal, of the content. */
  readonly sha256: string;
}

export const sha256Of = (content: string): string => createHash("sha256").update(content).digest("hex");

/** A valid AppSpec whose task definition is still to be put in. */
export interface AppSpec {
  /** Where it came from, for the log. */
  readonly source: string;
  readonly document: Fields;
}

/** Where an AppSpec is looked for when none is named. */
const usualNames = ["appspec.yaml", "appspec.yml", "appspec.json"];
/** Lifecycle events of an ECS deployment that can call a function (user guide, AppSpec "hooks" section). */
const hookNames = [
  "BeforeInstall",
  "AfterInstall",
  "AfterAllowTestTraffic",
  "BeforeAllowTraffic",
  "AfterAllowTraffic",
];
const ecsService = "AWS::ECS::Service";

/**
 * Reads the AppSpec file, or makes one from what serves now: its container and port, and its platform version, capacity
 * providers and network, which CodeDeploy would otherwise choose anew.
 * @param path as the input gives it; a path that was named must exist
 * @throws ShipError `FILE_UNREADABLE`, or `DOCUMENT_INVALID` with the path of everything CodeDeploy would not take
 */
export async function readAppSpec(
  path: string | undefined,
  serving: TaskSet | undefined,
  environment: Environment,
): Promise<AppSpec> {
  for (const name of path === undefined ? usualNames : [path]) {
    const text = await readFile(environment.path(name), "utf8").catch((error: unknown) => {
      if (path === undefined && isMissing(error)) return undefined;
      throw new ShipError("FILE_UNREADABLE", `codedeploy-appspec is "${name}": ${messageOf(error)}.`);
    });
    if (text !== undefined) return { source: name, document: parseAppSpec(text, name) };
  }
  return { source: "the service's own load balancer", document: madeFrom(serving) };
}

function isMissing(error: unknown): boolean {
  return typeof error === "object" && error !== null && "code" in error && error.code === "ENOENT";
}

/** Reads YAML or JSON text. @throws ShipError `DOCUMENT_INVALID` */
export function parseAppSpec(text: string, name: string): Fields {
  const document = parseDocument(text, { merge: true });
  const [malformed] = document.errors;
  if (malformed)
    throw new ShipError(
      "DOCUMENT_INVALID",
      `${name} cannot be parsed: ${malformed.message.split(":\n")[0]}.`,
    );
  const parsed: unknown = document.toJS();
  const problems = isFields(parsed) ? problemsOf(parsed) : ["it holds no object"];
  // There is one version only, and files that leave it out deploy well elsewhere.
  if (isFields(parsed) && problems.length === 0) return { version: 0, ...parsed };
  throw new ShipError("DOCUMENT_INVALID", `${name} is no AppSpec for Amazon ECS: ${problems.join("; ")}.`, {
    details: problems,
    hint: "Correct the named paths; the user guide of CodeDeploy describes the AppSpec file for Amazon ECS.",
  });
}

/** The key a name is written as, in whatever case. */
function keyOf(fields: Fields, name: string): string {
  return Object.keys(fields).find((key) => key.toLowerCase() === name.toLowerCase()) ?? name;
}

const member = (fields: Fields, name: string): unknown => fields[keyOf(fields, name)];

/** Every resource with its path, its name and its members. */
function resourcesOf(document: Fields): { path: string; name: string; resource: unknown }[] {
  const resources = member(document, "Resources");
  if (!Array.isArray(resources)) return [];
  const list: unknown[] = resources;
  return list.flatMap((entry, index) =>
    isFields(entry)
      ? Object.entries(entry).map(([name, resource]) => ({
          path: `Resources[${index}].${name}`,
          name,
          resource,
        }))
      : [{ path: `Resources[${index}]`, name: "", resource: entry }],
  );
}

function problemsOf(document: Fields): string[] {
  const version = member(document, "version");
  const resources = resourcesOf(document);
  return [
    ...(version === undefined || (Number(version) === 0 && version !== "" && version !== null)
      ? []
      : [`version is ${JSON.stringify(version)}; it must be 0.0`]),
    ...(resources.length === 0 ? ["Resources is missing, empty or no list"] : []),
    ...resources.flatMap(({ path, resource }) => resourceProblems(path, resource)),
    ...hookProblems(member(document, "Hooks")),
  ];
}

function resourceProblems(path: string, resource: unknown): string[] {
  if (!isFields(resource)) return [`${path} is no object`];
  const type = member(resource, "Type");
  if (type !== ecsService)
    return [
      `${path}.Type is ${type === undefined ? "missing" : JSON.stringify(type)}; it must be ${ecsService}`,
    ];
  const properties = member(resource, "Properties");
  if (!isFields(properties)) return [`${path}.Properties is missing or no object`];
  const balancer = member(properties, "LoadBalancerInfo");
  const at = `${path}.Properties.LoadBalancerInfo`;
  if (!isFields(balancer)) return [`${at} is missing or no object`];
  const container = member(balancer, "ContainerName");
  const port = Number(member(balancer, "ContainerPort"));
  return [
    ...(typeof container === "string" && container !== ""
      ? []
      : [`${at}.ContainerName is missing or no text`]),
    ...(Number.isInteger(port) && port > 0 ? [] : [`${at}.ContainerPort is missing or no port`]),
  ];
}

function hookProblems(hooks: unknown): string[] {
  if (hooks === undefined || hooks === null) return [];
  if (!Array.isArray(hooks)) return ["Hooks is no list"];
  const list: unknown[] = hooks;
  return list.flatMap((entry, index) => {
    if (!isFields(entry)) return [`Hooks[${index}] is no object`];
    const unknown = Object.keys(entry).filter((name) => !hookNames.includes(name));
    return unknown.map((name) => `Hooks[${index}].${name} is not one of ${hookNames.join(", ")}`);
  });
}

/** The AppSpec with the task definition in every ECS resource; everything else stays as it was written. */
export function revisionOf({ document }: AppSpec, taskDefinition: string): Revision {
  const key = keyOf(document, "Resources");
  const resources = document[key];
  const list: unknown[] = Array.isArray(resources) ? resources : [];
  const deployed = list.map((entry) =>
    isFields(entry)
      ? Object.fromEntries(
          Object.entries(entry).map(([name, resource]) => [name, withDefinition(resource, taskDefinition)]),
        )
      : entry,
  );
  const content = JSON.stringify({ ...document, [key]: deployed });
  return { content, sha256: sha256Of(content) };
}

function withDefinition(resource: unknown, taskDefinition: string): unknown {
  if (!isFields(resource)) return resource;
  const key = keyOf(resource, "Properties");
  const properties = resource[key];
  if (!isFields(properties)) return resource;
  return { ...resource, [key]: { ...properties, [keyOf(properties, "TaskDefinition")]: taskDefinition } };
}

/**
 * What deploys a task definition again that served before: as its task set shows, since another AppSpec may have deployed
 * it, and without functions, which it has passed or never had.
 */
export function wayBack(appSpec: AppSpec, taskDefinition: string, served: TaskSet | undefined): Revision {
  if (served?.container) return revisionOf({ ...appSpec, document: madeFrom(served) }, taskDefinition);
  const { [keyOf(appSpec.document, "Hooks")]: _, ...document } = appSpec.document;
  return revisionOf({ ...appSpec, document }, taskDefinition);
}

/** Task definitions that an AppSpec deploys, as it names them; empty when it cannot be read. */
export function definitionsIn(content: string | undefined): string[] {
  if (content === undefined) return [];
  const parsed: unknown = parseDocument(content).toJS();
  if (!isFields(parsed)) return [];
  return resourcesOf(parsed).flatMap(({ resource }) => {
    const properties = isFields(resource) ? member(resource, "Properties") : undefined;
    const definition = isFields(properties) ? member(properties, "TaskDefinition") : undefined;
    return typeof definition === "string" ? [definition] : [];
  });
}

function madeFrom(serving: TaskSet | undefined): Fields {
  if (serving?.container === undefined) {
    throw new ShipError(
      "FILE_UNREADABLE",
      `There is none of ${usualNames.join(", ")} in the workspace, and the service shows no load balancer to make an AppSpec from.`,
      { hint: "Name the AppSpec file in `codedeploy-appspec`; check that actions/checkout ran before." },
    );
  }
  const { container, platformVersion, capacityProviders, network } = serving;
  const strategy = capacityProviders.map(({ capacityProvider, base, weight }) => ({
    CapacityProvider: capacityProvider,
    Base: base,
    Weight: weight,
  }));
  const properties = {
    TaskDefinition: "",
    LoadBalancerInfo: { ContainerName: container.name, ContainerPort: container.port },
    ...(platformVersion !== undefined && { PlatformVersion: platformVersion }),
    ...(strategy.length > 0 && { CapacityProviderStrategy: strategy }),
    ...(network?.subnets && {
      NetworkConfiguration: {
        AwsvpcConfiguration: {
          Subnets: network.subnets,
          ...(network.securityGroups?.length && { SecurityGroups: network.securityGroups }),
          ...(network.assignPublicIp && { AssignPublicIp: network.assignPublicIp }),
        },
      },
    }),
  };
  return { version: 0, Resources: [{ TargetService: { Type: ecsService, Properties: properties } }] };
}
