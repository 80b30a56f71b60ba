import type { Labels } from "../labels.ts";

/** A secret that only `RUN --mount=type=secret,id=…` sees. */
export interface BuildSecret {
  readonly id: string;
  readonly source:
    | { readonly kind: "value"; readonly value: string }
    /** Absolute path of a file. */
    | { readonly kind: "file"; readonly path: string }
    /** Name of a variable of the job's environment. */
    | { readonly kind: "environment"; readonly variable: string };
}

/** What an engine is to build. Paths are absolute; raw lines are as `docker buildx build` takes them. */
export interface BuildPlan {
  /** A folder, or the address of a Git repository or of an archive. */
  readonly context: string;
  /** `undefined` for the Dockerfile of the context. */
  readonly file: string | undefined;
  readonly target: string | undefined;
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly labels: Labels;
  /** `key=value`, or `manifest,index:key=value` with the objects that carry it. */
  readonly annotations: readonly string[];
  readonly pull: "always" | "missing";
  readonly cache: "use" | "ignore";
  /** Stages that are built anew. */
  readonly noCacheFilters: readonly string[];
  /** Full references the image gets. */
  readonly references: readonly string[];
  /** `os/architecture[/variant]`; the engine's own when empty. */
  readonly platforms: readonly string[];
  readonly secrets: readonly BuildSecret[];
  /** `default`, or `id=path` of a socket or key. */
  readonly ssh: readonly string[];
  /** `name=place`. */
  readonly buildContexts: readonly string[];
  /** `host:address`. */
  readonly addHosts: readonly string[];
  /** Entitlements such as `network.host`. */
  readonly allow: readonly string[];
  readonly network: string | undefined;
  readonly shmSize: string | undefined;
  readonly ulimits: readonly string[];
  readonly cgroupParent: string | undefined;
  /** `type=registry,ref=…`, `type=gha,scope=…`, or a plain reference. */
  readonly cacheFrom: readonly string[];
  /** `type=…`; see {@link ImageEngine.cacheExports} for what an engine can write. */
  readonly cacheTo: readonly string[];
  readonly provenance: string | undefined;
  readonly sbom: string | undefined;
  readonly attests: readonly string[];
  /** `plain`: one manifest without attestations, where BuildKit would otherwise make an index of a single image. */
  readonly manifest: "plain" | "default";
  /** Further exports, `type=…,dest=…`. */
  readonly outputs: readonly string[];
  /** Seconds since 1970 that timestamps of the image are set to (reproducible-builds.org). */
  readonly sourceDateEpoch: number | undefined;
  /** A builder of buildx that exists already; the current one when `undefined`. */
  readonly builder: string | undefined;
  /**
   * `store`: the image is in the engine's store after the build, so that it can be run, scanned or used by later steps (of
   * several platforms, the machine's own). `cache`: it only has to be there for the push.
   */
  readonly keep: "store" | "cache";
}
