import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Login } from "#ship/images";
import { type Environment, messageOf, ShipError } from "#ship/kit";
import { type Auths, configKey, loginFrom } from "./auths.ts";

/** A Docker configuration of this step alone; other jobs' logins are neither changed nor removed. */
export interface DockerConfig {
  /** Folder for `DOCKER_CONFIG`. */
  readonly directory: string;
  login(registry: string): Login | undefined;
  remove(): Promise<void>;
}

/**
 * Creates a private configuration with what the machine is logged in to already, plus `logins`.
 * The file is readable by this user alone, and goes when the step ends.
 */
export async function createDockerConfig(
  environment: Environment,
  logins: readonly Login[],
): Promise<DockerConfig> {
  const original =
    environment.variable("DOCKER_CONFIG") ?? join(environment.variable("HOME") ?? homedir(), ".docker");
  const inherited = await readConfig(join(original, "config.json"));
  const auths: Record<string, { auth?: string }> = { ...inherited.auths };
  for (const { registry, username, password } of logins) {
    auths[configKey(registry)] = { auth: Buffer.from(`${username}:${password}`).toString("base64") };
  }
  const directory = await mkdtemp(join(environment.temporary, "ship-docker-"));
  await writeFile(
    join(directory, "config.json"),
    JSON.stringify({ ...withoutHelpers(inherited.other, logins), auths }),
    { mode: 0o600 },
  );
  for (const folder of ["cli-plugins", "contexts", "buildx"]) {
    if (existsSync(join(original, folder))) await symlink(join(original, folder), join(directory, folder));
  }
  return {
    directory,
    login: (registry) => loginFrom(auths, registry),
    remove: () => removeDockerConfig(directory),
  };
}

/** Removes a private configuration; harmless when it is gone already or never was. */
export async function removeDockerConfig(directory: string | undefined): Promise<void> {
  if (directory !== undefined) await rm(directory, { recursive: true, force: true });
}

async function readConfig(path: string): Promise<{ auths: Auths; other: Record<string, unknown> }> {
  if (!existsSync(path)) return { auths: {}, other: {} };
  try {
    const { auths, ...other } = JSON.parse(await readFile(path, "utf8")) as { auths?: Auths };
    return { auths: auths ?? {}, other };
  } catch (error) {
    throw new ShipError(
      "DOCUMENT_INVALID",
      `Docker's configuration ${path} cannot be read: ${messageOf(error)}.`,
      {
        cause: error,
        hint: "Correct the file, or log in again in an earlier step.",
      },
    );
  }
}

/** A credential helper for a registry would win over the login given to this step. */
function withoutHelpers(other: Record<string, unknown>, logins: readonly Login[]): Record<string, unknown> {
  if (logins.length === 0) return other;
  const { credsStore: _, ...kept } = other;
  const helpers = { ...(kept["credHelpers"] as Record<string, string> | undefined) };
  for (const { registry } of logins) delete helpers[registry];
  return { ...kept, credHelpers: helpers };
}
