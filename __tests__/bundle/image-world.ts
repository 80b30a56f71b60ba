import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach } from "@jest/globals";
import { systemClock } from "#ship/kit";
import {
  type InstalledDocker,
  installDocker,
  type RecordedCall,
  type Registry,
  startRegistry,
} from "#ship/simulators";
import { runStep, type StepOptions, type StepResult } from "./runner-step.ts";

/** The commit of the run. */
export const sha = "0123456789abcdef0123456789abcdef01234567";
/** The password that opens the registry. */
export const password = "open-sesame-4711";

/** An image as a registry stores it. */
export interface StoredImage {
  readonly digest: string;
  readonly mediaType: string;
  readonly config: {
    readonly created?: string;
    readonly config: { readonly Labels: Readonly<Record<string, string>> };
  };
}

/** A machine with a stand-in engine, a registry with a login, GitHub's API and a checkout. New for every test but the engine. */
export interface ImageWorld {
  readonly docker: InstalledDocker;
  readonly registry: Registry;
  /** Names of the repository's git tags, newest first; `undefined` while GitHub cannot be read. */
  gitTags: readonly string[] | undefined;
  /** Paths that GitHub's API was asked for. */
  readonly gitHubRequests: readonly string[];
  readonly workspace: string;
  /** RUNNER_TEMP; nothing may be left in it. */
  readonly temporary: string;
  /** `host/shop-api` */
  readonly image: string;
  /** The `registry-auth` line that opens a registry. */
  login(registry?: Registry): string;
  write(file: string, ...lines: readonly string[]): string;
  build(
    inputs?: Readonly<Record<string, string>>,
    more?: Partial<StepOptions> & { readonly variables?: Readonly<Record<string, string>> },
  ): Promise<StepResult>;
  /** Calls of the engine since the test began. */
  calls(): readonly RecordedCall[];
  tags(repository?: string, registry?: Registry): Readonly<Record<string, string>>;
  stored(tag: string): Promise<StoredImage>;
  /** Starts another registry with the same login. */
  otherRegistry(): Promise<Registry>;
  /** Ends something after the test. */
  defer(close: () => Promise<unknown> | unknown): void;
  leftovers(): readonly string[];
}

/** Lays out an {@link ImageWorld} around every test of a file. */
export function imageWorld(): ImageWorld {
  let folder = "";
  let docker: InstalledDocker;
  let registry: Registry;
  let gitHub: { readonly url: string; readonly server: Server };
  let workspace = "";
  let seen = 0;
  let requests: string[] = [];
  let deferred: (() => Promise<unknown> | unknown)[] = [];

  const start = async () => {
    const started = await startRegistry({
      clock: systemClock,
      access: { kind: "basic", verify: (user, word) => user === "ship" && word === password },
    });
    deferred.push(started.close);
    return started;
  };

  const world: ImageWorld = {
    gitTags: [],
    get docker() {
      return docker;
    },
    get registry() {
      return registry;
    },
    get gitHubRequests() {
      return requests;
    },
    get workspace() {
      return workspace;
    },
    get temporary() {
      return join(workspace, "../temporary");
    },
    get image() {
      return `${registry.host}/shop-api`;
    },
    login: (to = registry) => `- registry: ${to.host}\n  username: ship\n  password: ${password}`,
    write(file, ...lines) {
      const path = join(workspace, file);
      mkdirSync(join(path, ".."), { recursive: true });
      writeFileSync(path, lines.join("\n"));
      return path;
    },
    build: (inputs = {}, { variables = {}, ...more } = {}) =>
      runStep({
        action: "build-image",
        workspace,
        inputs: { images: world.image, "registry-auth": world.login(), ...inputs },
        environment: {
          PATH: `${docker.path}:${process.env["PATH"]}`,
          RUNNER_TEMP: world.temporary,
          GITHUB_API_URL: gitHub.url,
          ...variables,
        },
        ...more,
      }),
    calls: () => docker.calls().slice(seen),
    tags: (repository = "shop-api", at = registry) =>
      Object.fromEntries(at.repositories.all.get(repository)?.tags ?? []),
    async stored(tag) {
      const repository = registry.repositories.open("shop-api", "pull");
      const manifest = registry.repositories.find(repository, tag);
      if (manifest === undefined) throw new Error(`There is no ${tag}.`);
      const { config } = JSON.parse(manifest.body.toString()) as { config?: { digest: string } };
      const blob = config && (await readBlob(registry, config.digest));
      return {
        digest: manifest.digest,
        mediaType: manifest.mediaType,
        config: JSON.parse(blob ?? "{}") as StoredImage["config"],
      };
    },
    otherRegistry: start,
    defer: (close) => void deferred.push(close),
    leftovers: () => readdirSync(world.temporary),
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "ship-image-"));
    docker = await installDocker(join(folder, "bin"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  beforeEach(async () => {
    deferred = [];
    requests = [];
    world.gitTags = [];
    await docker.setEngine("running");
    await docker.setBuildx("present");
    await docker.setClient("28.2.2");
    docker.prune();
    seen = docker.calls().length;
    registry = await start();
    gitHub = await startGitHub(
      (path) => requests.push(path),
      () => world.gitTags,
    );
    deferred.push(() => gitHub.server.close());
    workspace = join(mkdtempSync(join(folder, "job-")), "workspace");
    mkdirSync(workspace);
    mkdirSync(world.temporary);
    world.write("Dockerfile", "FROM scratch", "COPY app /app");
    world.write("app", "the program");
  });
  afterEach(async () => {
    for (const close of deferred.splice(0)) await close();
  });
  return world;
}

async function readBlob(registry: Registry, digest: string): Promise<string> {
  const response = await fetch(`${registry.url}/v2/shop-api/blobs/${digest}`, {
    headers: { authorization: `Basic ${Buffer.from(`ship:${password}`).toString("base64")}` },
  });
  return response.text();
}

/** The two resources of GitHub's REST API that tags ask for, in pages of a hundred. */
async function startGitHub(
  seen: (path: string) => void,
  gitTags: () => readonly string[] | undefined,
): Promise<{ url: string; server: Server }> {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://localhost");
    seen(`${url.pathname}${url.search}`);
    const answer = (status: number, document: unknown, headers: Record<string, string> = {}) =>
      response
        .writeHead(status, { "content-type": "application/json", ...headers })
        .end(JSON.stringify(document));
    const names = gitTags();
    if (names === undefined) return answer(403, { message: "Resource not accessible by integration" });
    if (url.pathname === "/repos/octo/shop")
      return answer(200, {
        default_branch: "main",
        description: 'A "shop"',
        html_url: "https://github.com/octo/shop",
        license: { spdx_id: "MIT" },
      });
    if (url.pathname !== "/repos/octo/shop/tags") return answer(404, { message: "Not Found" });
    const page = Number(url.searchParams.get("page") ?? 1);
    const next = `<http://${request.headers.host}/repos/octo/shop/tags?per_page=100&page=${page + 1}>; rel="next"`;
    return answer(
      200,
      names.slice((page - 1) * 100, page * 100).map((name) => ({ name })),
      names.length > page * 100 ? { link: next } : {},
    );
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

/** What a step printed, without the lines in which it tells the runner what to mask. */
export function printed({ stdout }: Pick<StepResult, "stdout">): string {
  return stdout.replaceAll(/^::add-mask::.*$/gm, "");
}

/** All files below a folder, with what they hold. */
export function filesBelow(directory: string): readonly string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"));
}

/** Variables of a run that a git tag started. */
export function onTag(name: string): Readonly<Record<string, string>> {
  return { GITHUB_REF: `refs/tags/${name}`, GITHUB_REF_NAME: name, GITHUB_REF_TYPE: "tag" };
}
