import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Login } from "#ship/images";
import { type Environment, type Exec, messageOf, ShipError } from "#ship/kit";
import { type Auths, configKey, loginFrom } from "./auths.ts";
import { askHelper } from "./credential-helper.ts";

/** Docker's config.json, read. */
export interface DockerFile {
  readonly auths: Auths;
  /** Program suffix by registry. */
  readonly credHelpers: Readonly<Record<string, string>>;
  /** Program suffix for every other registry. */
  readonly credsStore: string | undefined;
  /** Everything else in it. */
  readonly other: Readonly<Record<string, unknown>>;
}

/** What the job is logged in to already. */
export interface JobLogins {
  /** Folder of the job's own Docker configuration. */
  readonly directory: string;
  readonly file: DockerFile;
  /** The job's login, from the file or by its credential helper; `undefined` where it has none. @throws ShipError `CREDENTIALS_INVALID` */
  login(registry: string): Promise<Login | undefined>;
}

/**
 * Reads the Docker configuration that earlier steps, or the machine, have left.
 * @throws ShipError `DOCUMENT_INVALID` when the file is there and cannot be read
 */
export async function readJobLogins(environment: Environment, exec: Exec): Promise<JobLogins> {
  const directory =
    environment.variable("DOCKER_CONFIG") ?? join(environment.variable("HOME") ?? homedir(), ".docker");
  const file = await readDockerFile(join(directory, "config.json"));
  return {
    directory,
    file,
    async login(registry) {
      const helper = file.credHelpers[configKey(registry)] ?? file.credHelpers[registry] ?? file.credsStore;
      const stored = loginFrom(file.auths, registry);
      return helper ? ((await askHelper(helper, registry, { exec, environment })) ?? stored) : stored;
    },
  };
}

async function readDockerFile(path: string): Promise<DockerFile> {
  if (!existsSync(path)) return { auths: {}, credHelpers: {}, credsStore: undefined, other: {} };
  try {
    const document: unknown = JSON.parse(await readFile(path, "utf8"));
    if (!isRecord(document)) throw new Error("it is no JSON object");
    const { auths, credHelpers, credsStore, ...other } = document;
    return {
      auths: isRecord(auths) ? Object.fromEntries(Object.entries(auths).filter(isAuth)) : {},
      credHelpers: isRecord(credHelpers)
        ? Object.fromEntries(Object.entries(credHelpers).filter(isText))
        : {},
      credsStore: typeof credsStore === "string" && credsStore !== "" ? credsStore : undefined,
      other,
    };
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

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(entry: [string, unknown]): entry is [string, string] {
  return typeof entry[1] === "string";
}

function isAuth(entry: [string, unknown]): entry is [string, Record<string, string>] {
  return isRecord(entry[1]) && Object.values(entry[1]).every((value) => typeof value === "string");
}
