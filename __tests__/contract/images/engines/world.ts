import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDockerConfig, type EngineOptions, readJobLogins } from "#ship/docker";
import type { BuildPlan } from "#ship/images";
import { type Command, readEnvironment, recordingLog, systemClock, systemExec } from "#ship/kit";

/** A registry with a login, as the tests see it. */
export interface WorldRegistry {
  /** `127.0.0.1:port`. */
  readonly host: string;
  readonly user: string;
  readonly password: string;
}

/** What one engine works with in a test, and what it left behind. */
export interface EngineWorld {
  readonly options: EngineOptions & { readonly log: ReturnType<typeof recordingLog> };
  /** Build context. */
  readonly context: string;
  /** Every program started, oldest first. */
  readonly started: readonly Command[];
  dockerfile(...lines: string[]): void;
  plan(more?: Partial<BuildPlan>): BuildPlan;
  /** Names of files that an engine left in the step's private folder. */
  leftovers(): readonly string[];
  reference(tag: string): string;
  close(): Promise<void>;
}

/**
 * Makes a workspace, a login for the registry and the options of an engine. `environment` is added to this process's own; `programs` says where a program lies that is not
 * the first of its name on PATH.
 */
export async function openWorld(
  registry: WorldRegistry,
  environment: Readonly<Record<string, string>> = {},
  programs: Readonly<Record<string, string>> = {},
  logins: "logged-in" | "stranger" = "logged-in",
): Promise<EngineWorld> {
  const folder = mkdtempSync(join(tmpdir(), "ship-engines-"));
  const context = join(folder, "context");
  mkdirSync(context);
  const { host, user, password } = registry;
  const variables = readEnvironment({ ...process.env, HOME: folder, RUNNER_TEMP: folder, ...environment });
  const config = await createDockerConfig(
    variables,
    logins === "logged-in" ? [{ registry: host, username: user, password }] : [],
    await readJobLogins(variables, systemExec),
  );
  const before = new Set(readdirSync(config.directory));
  const started: Command[] = [];
  const log = recordingLog();
  return {
    options: {
      exec: (command) => {
        started.push(command);
        return systemExec({ ...command, program: programs[command.program] ?? command.program });
      },
      environment: variables,
      config,
      clock: systemClock,
      log,
    },
    context,
    started,
    dockerfile: (...lines) => writeFileSync(join(context, "Dockerfile"), `${lines.join("\n")}\n`),
    plan: (more = {}) => ({ ...emptyPlan(context), references: [`${host}/shop:1.0.0`], ...more }),
    leftovers: () =>
      existsSync(config.directory)
        ? // docker notes its own identity in a hidden file.
          readdirSync(config.directory).filter((name) => !before.has(name) && !name.startsWith("."))
        : [],
    reference: (tag) => `${host}/shop:${tag}`,
    async close() {
      await config.remove();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function emptyPlan(context: string): BuildPlan {
  return {
    context,
    file: undefined,
    target: undefined,
    buildArgs: {},
    labels: {},
    annotations: [],
    pull: "missing",
    cache: "use",
    noCacheFilters: [],
    references: [],
    platforms: [],
    secrets: [],
    ssh: [],
    buildContexts: [],
    addHosts: [],
    allow: [],
    network: undefined,
    shmSize: undefined,
    ulimits: [],
    cgroupParent: undefined,
    cacheFrom: [],
    cacheTo: [],
    provenance: undefined,
    sbom: undefined,
    attests: [],
    manifest: "default",
    outputs: [],
    sourceDateEpoch: undefined,
    builder: undefined,
    keep: "store",
  };
}

/** A document of the registry with its digest. */
export interface Stored {
  readonly digest: string;
  readonly mediaType: string;
  readonly document: {
    readonly manifests?: readonly { readonly digest: string; readonly platform?: Platform }[];
    readonly config?: { readonly digest: string };
    readonly layers?: readonly { readonly digest: string }[];
  };
}

interface Platform {
  readonly os: string;
  readonly architecture: string;
}

const manifestTypes = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

/** Reads `shop:<tag or digest>`; `undefined` when the registry has none. */
export async function stored(registry: WorldRegistry, reference: string): Promise<Stored | undefined> {
  const response = await read(registry, `manifests/${reference}`);
  if (!response.ok) return undefined;
  return {
    digest: response.headers.get("docker-content-digest") ?? "",
    mediaType: response.headers.get("content-type") ?? "",
    document: JSON.parse(await response.text()),
  };
}

/** The text of a blob of `shop`. */
export async function blob(registry: WorldRegistry, digest: string): Promise<string> {
  return (await read(registry, `blobs/${digest}`)).text();
}

function read({ host, user, password }: WorldRegistry, path: string): Promise<Response> {
  return fetch(`http://${host}/v2/shop/${path}`, {
    headers: {
      accept: `${manifestTypes}, */*`,
      authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`,
    },
  });
}
