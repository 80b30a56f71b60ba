import { closest } from "fastest-levenshtein";
import { ShipError } from "#ship/kit";
import { type Fields, isFields } from "./schema.ts";

/** The container definitions of a body that has been checked. */
export function containersOf(body: Fields): readonly Fields[] {
  const containers = body["containerDefinitions"];
  return Array.isArray(containers) ? containers.filter(isFields) : [];
}

/** A member that is a text, or the empty text. */
export function textOf(fields: Fields, member: string): string {
  const value = fields[member];
  return typeof value === "string" ? value : "";
}

/** A member that is a list of objects, or an empty list. */
export function listOf(fields: Fields, member: string): readonly Fields[] {
  const value = fields[member];
  return Array.isArray(value) ? value.filter(isFields) : [];
}

/** What a run puts into a task definition. */
export interface Changes {
  /** Image by container name. */
  readonly images: ReadonlyMap<string, string>;
  /** Environment variables to set or replace, by container name; others stay. */
  readonly environment: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

/** True when there is nothing to put in. */
export function isEmpty(changes: Changes): boolean {
  return changes.images.size === 0 && changes.environment.size === 0;
}

/**
 * Puts images and environment variables into a body.
 * @throws ShipError `INPUT_INVALID` when a container is named that the definition does not have
 */
export function withChanges(body: Fields, changes: Changes): Fields {
  const containers = containersOf(body);
  const names = containers.map((container) => textOf(container, "name"));
  const strangers = [...changes.images.keys(), ...changes.environment.keys()].filter(
    (name) => !names.includes(name),
  );
  const [stranger] = strangers;
  if (stranger !== undefined) {
    const nearest = names.length > 1 ? ` The nearest to "${stranger}" is "${closest(stranger, names)}".` : "";
    throw new ShipError(
      "INPUT_INVALID",
      `The task definition ${textOf(body, "family")} has no container ${[...new Set(strangers)].join(", ")}; its containers are ${names.join(", ")}.${nearest}`,
      { hint: "Name one of its containers in `container-name` or `images`." },
    );
  }
  return { ...body, containerDefinitions: containers.map((container) => changed(container, changes)) };
}

function changed(container: Fields, changes: Changes): Fields {
  const name = textOf(container, "name");
  const image = changes.images.get(name);
  const variables = changes.environment.get(name);
  return {
    ...container,
    ...(image === undefined ? {} : { image }),
    ...(variables === undefined ? {} : { environment: upsert(listOf(container, "environment"), variables) }),
  };
}

function upsert(existing: readonly Fields[], variables: Readonly<Record<string, string>>): Fields[] {
  const replaced = existing.map((entry) => {
    const name = textOf(entry, "name");
    return Object.hasOwn(variables, name) ? { ...entry, value: variables[name] } : entry;
  });
  const known = new Set(existing.map((entry) => textOf(entry, "name")));
  const added = Object.entries(variables)
    .filter(([name]) => !known.has(name))
    .map(([name, value]) => ({ name, value }));
  return [...replaced, ...added];
}
