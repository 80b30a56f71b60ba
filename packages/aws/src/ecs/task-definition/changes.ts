import { fieldsOf, given, listOf, textOf } from "./members.ts";
import type { Fields } from "./schema.ts";

/** What a run puts into one container; what is absent stays as it is. */
export interface ContainerChanges {
  readonly image?: string;
  /** Environment variables to set or replace; others stay. */
  readonly environment?: Readonly<Record<string, string>>;
  /** References of secrets by the name of their variable, to set or replace; others stay. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** ARNs of objects in Amazon S3, in place of the list that is there. */
  readonly environmentFiles?: readonly string[];
  /** Labels to set or replace; others stay. */
  readonly dockerLabels?: Readonly<Record<string, string>>;
  /** Another driver than the one that is there takes none of its options. */
  readonly logDriver?: string;
  /** Options of the log driver to set or replace; others stay. */
  readonly logOptions?: Readonly<Record<string, string>>;
  /** Empty for what the image says. */
  readonly command?: readonly string[];
}

/** What a run puts into a task definition. */
export interface Changes {
  /** By container name. */
  readonly containers: ReadonlyMap<string, ContainerChanges>;
  /** ARN of the role that the containers have. */
  readonly taskRole?: string;
  /** ARN of the role that the agent pulls images and writes logs with. */
  readonly executionRole?: string;
  /** Members whose empty values are kept, which are otherwise dropped as not set. */
  readonly keepEmpty?: ReadonlySet<string>;
}

/** A container's definition with the changes put in. */
export function changed(container: Fields, changes: ContainerChanges): Fields {
  const { image, environmentFiles, dockerLabels, command } = changes;
  return given({
    ...container,
    ...variables(container, changes),
    ...logging(container, changes),
    ...(image !== undefined && { image }),
    ...(environmentFiles !== undefined && {
      environmentFiles: environmentFiles.map((value) => ({ value, type: "s3" })),
    }),
    ...(dockerLabels !== undefined && {
      dockerLabels: { ...fieldsOf(container, "dockerLabels"), ...dockerLabels },
    }),
    ...(command !== undefined && { command: command.length === 0 ? undefined : command }),
  });
}

/** True when there is nothing to put in. */
export function isEmpty({ containers, taskRole, executionRole }: Changes): boolean {
  return containers.size === 0 && taskRole === undefined && executionRole === undefined;
}

/**
 * Amazon ECS takes a name as a variable or as a secret, not as both: the one that is set takes the place of the other
 * (API reference, Secret: "must not be shared with any … environment variables").
 */
function variables(container: Fields, changes: ContainerChanges): Fields {
  const { environment = {}, secrets = {} } = changes;
  if (changes.environment === undefined && changes.secrets === undefined) return {};
  return {
    environment: without(upsert(listOf(container, "environment"), environment, "value"), secrets),
    secrets: without(upsert(listOf(container, "secrets"), secrets, "valueFrom"), environment),
  };
}

function upsert(
  existing: readonly Fields[],
  wanted: Readonly<Record<string, string>>,
  member: "value" | "valueFrom",
): Fields[] {
  const replaced = existing.map((entry) => {
    const name = textOf(entry, "name");
    return Object.hasOwn(wanted, name) ? { ...entry, [member]: wanted[name] } : entry;
  });
  const known = new Set(existing.map((entry) => textOf(entry, "name")));
  const added = Object.entries(wanted)
    .filter(([name]) => !known.has(name))
    .map(([name, value]) => ({ name, [member]: value }));
  return [...replaced, ...added];
}

/** The entries whose names the record lacks; `undefined` instead of none. */
function without(entries: readonly Fields[], names: Readonly<Record<string, string>>): Fields[] | undefined {
  const left = entries.filter((entry) => !Object.hasOwn(names, textOf(entry, "name")));
  return left.length === 0 ? undefined : left;
}

function logging(container: Fields, { logDriver, logOptions }: ContainerChanges): Fields {
  if (logDriver === undefined && logOptions === undefined) return {};
  const present = fieldsOf(container, "logConfiguration");
  const base = logDriver === undefined || logDriver === present["logDriver"] ? present : { logDriver };
  const options = { ...fieldsOf(base, "options"), ...logOptions };
  return { logConfiguration: { ...base, ...(Object.keys(options).length > 0 && { options }) } };
}
