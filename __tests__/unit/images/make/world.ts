/** An engine, a registry and a scanner in memory, that keep what was done to them. */
import {
  type BuildContext,
  type BuildRequest,
  type BuiltImage,
  type Finding,
  type ImageEngine,
  type Manifest,
  mediaTypes,
  type PlannedImage,
  type Publication,
  parseReference,
} from "#ship/images";
import { manualClock, recordingLog, ShipError } from "#ship/kit";

export const digest = (letter: string) => `sha256:${letter.repeat(64)}`;

/** What may go another way than well. */
export interface Course {
  /** What the registry holds at the start, digest by reference. */
  readonly stored?: Readonly<Record<string, string>>;
  readonly push?: (references: readonly string[]) => Publication;
  readonly test?: "passes" | "fails";
  readonly findings?: readonly Finding[];
  readonly abort?: AbortController;
}

const built: BuiltImage = {
  id: digest("0"),
  sizeBytes: 1,
  platforms: [],
  local: digest("0"),
  steps: [
    { name: "1/2", instruction: "COPY a b", state: "cached", tookMs: 0 },
    { name: "2/2", instruction: "RUN make", state: "built", tookMs: 1_500 },
  ],
  warnings: [],
  metadata: undefined,
  parts: [],
};

/** Opens a world. `done` tells in order what happened in it. */
export function openWorld(course: Course = {}) {
  const done: string[] = [];
  const stored = new Map(Object.entries(course.stored ?? {}));
  const clock = manualClock();
  const log = recordingLog();
  const { signal } = course.abort ?? new AbortController();
  const engine: ImageEngine = {
    name: "docker",
    cacheExports: async () => ["inline"],
    verify: async () => {
      done.push("verify");
    },
    build: async ({ references, cacheFrom }) => {
      done.push(`build ${[...references, ...cacheFrom].join(" ")}`);
      course.abort?.abort(new ShipError("CANCELLED", "The runner asked this step to stop."));
      signal.throwIfAborted();
      return built;
    },
    run: async (_, words) => {
      done.push(`run ${words.join(" ")}`);
      if (course.test === "fails") throw new ShipError("IMAGE_TEST_FAILED", "it ended with 3");
    },
    push: async ({ references }) => {
      done.push(`push ${references.join(" ")}`);
      const published = course.push?.(references) ?? {
        kind: "complete",
        digests: new Map(references.map((reference) => [reference, digest("a")])),
      };
      for (const reference of references) stored.set(reference, digest("a"));
      return published;
    },
    close: async () => {
      done.push("close");
    },
  };
  const context: BuildContext = {
    engine: async () => engine,
    scanner: {
      name: "trivy",
      verify: async () => {},
      scan: async () => ({ scanner: "trivy", raw: "{}", findings: course.findings ?? [], warnings: [] }),
    },
    cache: {
      open: async () => ({ from: ["type=local,src=/cache"], to: [] }),
      keep: async () => {
        done.push("keep cache");
      },
      published: async () => {
        done.push("cache published");
      },
      close: async () => {
        done.push("cache closed");
      },
    },
    registry: {
      digest: async ({ name }, tag) => stored.get(`${name}:${tag}`),
      index: async ({ repository, tags, platforms }) => {
        done.push(`index ${tags.map((tag) => `${repository.name}:${tag}`).join(" ")}`);
        return { digest: digest("1"), mediaType: "index", platforms };
      },
      manifest: async (_, reference) =>
        [...stored.values()].includes(reference) ? manifestOf(reference) : undefined,
      size: async () => 1,
      ...unused("putManifest", "config", "copy"),
    },
    clock,
    log,
    signal,
  };
  return { context, done, stored, log };
}

/** Everything in this registry is an index of one platform. */
function manifestOf(reference: string): Manifest {
  const image = { mediaType: mediaTypes.ociManifest, digest: digest("5"), size: 1 };
  const manifests = [{ ...image, platform: { os: "linux", architecture: "arm64" } }];
  const content = { kind: "index", manifests } as const;
  return { mediaType: mediaTypes.ociIndex, digest: reference, bytes: new Uint8Array(), content };
}

/** A build of the given references. */
export function buildOf(references: readonly string[], more: Partial<BuildRequest> = {}): BuildRequest {
  return {
    kind: "build",
    images: references.map((reference): PlannedImage => {
      const image = parseReference(reference);
      if (image === undefined) throw new Error(`${reference} is no reference`);
      return { ...image, rule: "raw", standing: "fixed" };
    }),
    plan: {
      context: "/",
      file: undefined,
      target: undefined,
      buildArgs: {},
      labels: {},
      annotations: [],
      pull: "missing",
      cache: "use",
      noCacheFilters: [],
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
      provenance: undefined,
      sbom: undefined,
      attests: [],
      manifest: "plain",
      outputs: [],
      sourceDateEpoch: undefined,
      builder: undefined,
      keep: "cache",
    },
    goal: "registry",
    ifExists: "skip",
    attempts: 3,
    test: undefined,
    scan: undefined,
    ...more,
  };
}

function unused<const Name extends string>(...names: readonly Name[]): Record<Name, () => Promise<never>> {
  const refuse = (name: string) => async () => {
    throw new Error(`nothing here asks for ${name}`);
  };
  return Object.fromEntries(names.map((name) => [name, refuse(name)])) as Record<Name, () => Promise<never>>;
}
