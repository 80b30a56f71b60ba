import { existsSync } from "node:fs";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Login } from "#ship/images";
import type { Environment } from "#ship/kit";
import { type AuthEntry, authEntry, configKey } from "./auths.ts";
import type { DockerFile, JobLogins } from "./job-logins.ts";

/** A Docker configuration of this step alone; other jobs' logins are neither changed nor removed. */
export interface DockerConfig {
  /** Folder for `DOCKER_CONFIG`. */
  readonly directory: string;
  /** A login that was given, else the job's own. @throws ShipError `CREDENTIALS_INVALID` when a credential helper fails */
  login(registry: string): Promise<Login | undefined>;
  remove(): Promise<void>;
}

/** What the engine finds beside the logins: plugins such as buildx, and the builders and contexts of the job. */
const inheritedFolders = ["cli-plugins", "contexts", "buildx"];

/**
 * Creates a private configuration with what the job is logged in to already, plus `logins`, which win.
 * The file is readable by this user alone, and goes when the step ends.
 */
export async function createDockerConfig(
  environment: Environment,
  logins: readonly Login[],
  job: JobLogins,
): Promise<DockerConfig> {
  const directory = await mkdtemp(join(environment.temporary, "ship-docker-"));
  await writeFile(join(directory, "config.json"), JSON.stringify(configuration(job.file, logins)), {
    mode: 0o600,
  });
  for (const folder of inheritedFolders) {
    if (existsSync(join(job.directory, folder)))
      await symlink(join(job.directory, folder), join(directory, folder));
  }
  return {
    directory,
    login: async (registry) => logins.find((given) => given.registry === registry) ?? job.login(registry),
    remove: () => removeDockerConfig(directory),
  };
}

/** Removes a private configuration; harmless when it is gone already or never was. */
export async function removeDockerConfig(directory: string | undefined): Promise<void> {
  if (directory !== undefined) await rm(directory, { recursive: true, force: true });
}

/**
 * A credential helper wins over `auths`, so the registries with a login of this step must have none. An empty helper turns
 * the store for all registries off for one of them (docker/cli: configfile.GetCredentialsStore).
 */
function configuration(file: DockerFile, logins: readonly Login[]): Record<string, unknown> {
  const auths: Record<string, AuthEntry> = { ...file.auths };
  const credHelpers: Record<string, string> = { ...file.credHelpers };
  for (const login of logins) {
    const key = configKey(login.registry);
    auths[key] = authEntry(login);
    delete credHelpers[login.registry];
    delete credHelpers[key];
    if (file.credsStore !== undefined) credHelpers[key] = "";
  }
  return {
    ...file.other,
    auths,
    ...(Object.keys(credHelpers).length > 0 && { credHelpers }),
    ...(file.credsStore !== undefined && { credsStore: file.credsStore }),
  };
}
