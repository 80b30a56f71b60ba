import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A builder of Buildx. */
export interface StandInBuilder {
  readonly name: string;
  readonly driver: string;
}

const own: StandInBuilder = { name: "default", driver: "docker" };

/**
 * The builders that this configuration knows. Buildx keeps them in its folder of Docker's configuration, so they are gone with
 * that folder.
 */
export function knownBuilders(): readonly StandInBuilder[] {
  const file = stateFile();
  return existsSync(file) ? [own, ...(JSON.parse(readFileSync(file, "utf8")) as StandInBuilder[])] : [own];
}

/** Replaces the builders besides Docker's own. */
export function keepBuilders(builders: readonly StandInBuilder[]): void {
  mkdirSync(stateFolder(), { recursive: true });
  writeFileSync(stateFile(), JSON.stringify(builders.filter(({ name }) => name !== own.name)));
}

function stateFolder(): string {
  return (
    process.env["BUILDX_CONFIG"] ??
    join(process.env["DOCKER_CONFIG"] ?? `${process.env["HOME"]}/.docker`, "buildx")
  );
}

function stateFile(): string {
  return join(stateFolder(), "builders.json");
}
