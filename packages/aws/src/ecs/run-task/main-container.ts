import { closest } from "fastest-levenshtein";
import { ShipError } from "#ship/kit";
import { containersOf, textOf } from "../task-definition/members.ts";
import type { Fields } from "../task-definition/schema.ts";

/** The container whose exit code is the verdict. */
export interface MainContainer {
  readonly name: string;
  /** When an essential container ends, Amazon ECS ends the task. */
  readonly essential: boolean;
}

/**
 * Picks the main container: the one that was asked for, else the first essential one. Essential is what does not say
 * otherwise (API reference, ContainerDefinition).
 * @throws ShipError `INPUT_INVALID` when the definition has no such container
 */
export function mainContainerOf(definition: Fields, wanted: string | undefined): MainContainer {
  const containers = containersOf(definition).map((container) => ({
    name: textOf(container, "name"),
    essential: container["essential"] !== false,
  }));
  const [first] = containers;
  const main =
    wanted === undefined
      ? (containers.find(({ essential }) => essential) ?? first)
      : containers.find(({ name }) => name === wanted);
  if (main) return main;
  const names = containers.map(({ name }) => name);
  const nearest =
    wanted !== undefined && names.length > 0 ? ` The nearest is "${closest(wanted, names)}".` : "";
  throw new ShipError(
    "INPUT_INVALID",
    `run-task-container is "${wanted ?? ""}"; the containers of ${textOf(definition, "family")} are ${names.join(", ")}.${nearest}`,
  );
}

/** @throws ShipError `INPUT_INVALID` when overrides name a container that the definition does not have */
export function requireContainers(definition: Fields, overrides: readonly Fields[]): void {
  const names = containersOf(definition).map((container) => textOf(container, "name"));
  const strangers = overrides.map((item) => textOf(item, "name")).filter((name) => !names.includes(name));
  const [stranger] = strangers;
  if (stranger === undefined) return;
  throw new ShipError(
    "INPUT_INVALID",
    `run-task-container-overrides names ${strangers.map((name) => `"${name}"`).join(", ")}; the containers of ${textOf(definition, "family")} are ${names.join(", ")}. The nearest to "${stranger}" is "${closest(stranger, names)}".`,
  );
}
