/** A workspace, two registries and the engines of this machine, for steps of the build-image bundle. */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { runStep, type StepOptions, type StepResult } from "../../bundle/runner-step.ts";
import { type Buildx, startBuildx } from "../engine/buildkit.ts";
import { type Registry, startRegistry } from "../engine/registry.ts";

export type EngineName = "docker" | "buildah" | "buildx";

/** Where images are made in a test. */
export interface Workshop extends AsyncDisposable {
  readonly registry: Registry;
  readonly other: Registry;
  dockerfile(...lines: string[]): void;
  write(name: string, text: string): void;
  /** Runs the action with an engine. The login to both registries is given unless the inputs say otherwise. */
  step(
    engine: EngineName,
    inputs: Readonly<Record<string, string>>,
    more?: Partial<StepOptions>,
  ): Promise<StepResult>;
}

/** Milliseconds after which a step is killed, so that an engine that hangs fails a test and not the suite. */
const patience = 110_000;

/** Starts registries and BuildKit; Docker is the one that DOCKER_HOST names. */
export async function openWorkshop(): Promise<Workshop> {
  const folder = mkdtempSync(join(tmpdir(), "ship-workshop-"));
  const workspace = join(folder, "workspace");
  mkdirSync(workspace);
  copyFileSync("/bin/busybox", join(workspace, "busybox"));
  const started: AsyncDisposable[] = [];
  const close = async () => {
    for (const one of started.toReversed()) await one[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const registry = await startRegistry();
    started.push(registry);
    const other = await startRegistry();
    started.push(other);
    const buildx = await startBuildx();
    started.push(buildx);
    const environments = engineEnvironments(folder, buildx);
    const logins = [registry, other].map(login).join("\n");
    return {
      registry,
      other,
      dockerfile: (...lines) => writeFileSync(join(workspace, "Dockerfile"), `${lines.join("\n")}\n`),
      write: (name, text) => writeFileSync(join(workspace, name), text),
      step(engine, inputs, { environment, ...more } = {}) {
        const end = Date.now() + patience;
        return runStep({
          action: "build-image",
          workspace,
          killWhen: () => Date.now() > end,
          inputs: {
            images: `${registry.address}/shop`,
            engine,
            ...(engine === "buildx" && { builder: buildx.builder }),
            // The engine of the tests has no bridge.
            ...(engine === "docker" && { network: "host" }),
            "registry-auth": logins,
            "github-token": "",
            ...inputs,
          },
          environment: { ...environments[engine], ...environment },
          ...more,
        });
      },
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** One entry of `registry-auth`. */
export function login({ address, user, password }: Registry): string {
  return `- registry: ${address}\n  username: ${user}\n  password: ${password}`;
}

function engineEnvironments(
  folder: string,
  buildx: Buildx,
): Record<EngineName, Readonly<Record<string, string>>> {
  const storage = join(folder, "storage.conf");
  const [graph, run] = [join(folder, "graph"), join(folder, "run")];
  // A store of its own that needs no kernel support, and no namespaces.
  writeFileSync(storage, `[storage]\ndriver = "vfs"\ngraphroot = "${graph}"\nrunroot = "${run}"\n`);
  const docker = {
    // Debian's own command line has BuildKit embedded; another one may come first on PATH.
    PATH: `/usr/bin:${process.env["PATH"]}`,
    ...(process.env["DOCKER_HOST"] && { DOCKER_HOST: process.env["DOCKER_HOST"] }),
  };
  return {
    docker,
    buildx: { ...docker, ...buildx.environment },
    buildah: { CONTAINERS_STORAGE_CONF: storage, BUILDAH_ISOLATION: "chroot" },
  };
}

/** A manifest or index as the registry stores it. */
export interface StoredImage {
  readonly digest: string;
  readonly platforms: readonly string[];
}

interface Descriptor {
  readonly digest: string;
  readonly mediaType: string;
  readonly platform?: { readonly os: string; readonly architecture: string };
}

interface Document {
  readonly manifests?: readonly Descriptor[];
  readonly config?: Descriptor;
  readonly layers?: readonly Descriptor[];
}

const manifestTypes = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

/** What `name:tag` is in a registry, asked without any code of ours; `undefined` when it has none. */
export async function stored(
  registry: Registry,
  name: string,
  reference: string,
): Promise<StoredImage | undefined> {
  const head = await ask(registry, `${name}/manifests/${reference}`, "HEAD");
  if (!head.ok) return undefined;
  const document = await manifest(registry, name, reference);
  return {
    digest: head.headers.get("docker-content-digest") ?? "",
    platforms: (document.manifests ?? []).map(({ platform }) => `${platform?.os}/${platform?.architecture}`),
  };
}

/** Every byte of an image as text: manifests, configurations with the history, attestations, and layers unpacked. */
export async function everything(registry: Registry, name: string, reference: string): Promise<string> {
  const document = await manifest(registry, name, reference);
  const parts = [JSON.stringify(document)];
  for (const { digest } of document.manifests ?? []) parts.push(await everything(registry, name, digest));
  for (const { digest } of [...(document.config ? [document.config] : []), ...(document.layers ?? [])]) {
    const bytes = Buffer.from(await (await ask(registry, `${name}/blobs/${digest}`, "GET")).arrayBuffer());
    parts.push((bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString("latin1"));
  }
  return parts.join("\n");
}

async function manifest(registry: Registry, name: string, reference: string): Promise<Document> {
  return JSON.parse(await (await ask(registry, `${name}/manifests/${reference}`, "GET")).text());
}

function ask({ address, user, password }: Registry, path: string, method: "GET" | "HEAD"): Promise<Response> {
  return fetch(`http://${address}/v2/${path}`, {
    method,
    headers: {
      accept: `${manifestTypes}, */*`,
      authorization: `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`,
    },
  });
}
