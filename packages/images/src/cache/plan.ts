import type { CacheExport } from "../engine/port.ts";
import type { Repository } from "../reference.ts";
import { type CacheRun, mayWrite, type Permission, serviceReads, serviceWrites } from "./policy.ts";
import { tolerantExport } from "./raw-exports.ts";
import { type CacheIdentity, cacheScope } from "./scope.ts";

/** The input `cache`. */
export type CacheMode = "auto" | "gha" | "registry" | "local" | "off";

/** What a cache plan depends on. */
export interface CacheRequest {
  readonly mode: CacheMode;
  /** The user's own `cache-from` and `cache-to` lines. With `auto` they stand alone, with another mode they come on top. */
  readonly rawFrom: readonly string[];
  readonly rawTo: readonly string[];
  /** What the engine can write: `ImageEngine.cacheExports`. */
  readonly exports: readonly CacheExport[];
  /** The first image; `undefined` where none is named. */
  readonly image: Repository | undefined;
  /** Hosts of registries this step is logged in to, `docker.io` for Docker Hub. */
  readonly loggedIn: readonly string[];
  readonly build: Omit<CacheIdentity, "image">;
  readonly run: CacheRun;
  /** Commit of the build. */
  readonly sha: string;
  /** Whether the runner gives `ACTIONS_RESULTS_URL` and `ACTIONS_RUNTIME_TOKEN` to this job. */
  readonly service: "offered" | "absent";
  /** The runner's temporary folder, absolute. */
  readonly temporary: string;
}

/** A folder that `@actions/cache` brings and takes away. */
export interface LocalCachePlan {
  /** The same in every run of a runner, for the Actions cache finds an entry only under the path it was saved from. */
  readonly directory: string;
  readonly key: string;
  /** Beginnings of older keys, the best first. */
  readonly restoreKeys: readonly string[];
  readonly save: boolean;
}

/** Where a build takes its cache from and where it leaves it. */
export interface CachePlan {
  /** The kind that was chosen; `own` for the user's lines alone. */
  readonly kind: "registry" | "gha" | "local" | "inline" | "own" | "off";
  readonly from: readonly string[];
  readonly to: readonly string[];
  /** With `inline`: a reference the image is pushed under besides its own, for later builds to read; only on runs that write. */
  readonly inlineReference: string | undefined;
  readonly local: LocalCachePlan | undefined;
  /** What a reader of the log should know. */
  readonly notes: readonly string[];
}

const off: CachePlan = {
  kind: "off",
  from: [],
  to: [],
  inlineReference: undefined,
  local: undefined,
  notes: [],
};

/**
 * Plans a build's cache: read always, written on the default branch and on tags only, one per image, platforms, target and
 * Dockerfile. An export that fails never fails the build.
 */
export function cachePlan(request: CacheRequest): CachePlan {
  const { mode, rawFrom, rawTo } = request;
  const own = rawFrom.length > 0 || rawTo.length > 0;
  const chosen = mode === "auto" && own ? { ...off, kind: "own" as const } : chosenPlan(request);
  if (!own) return chosen;
  return {
    ...chosen,
    kind: chosen.kind === "off" ? "own" : chosen.kind,
    from: [...chosen.from, ...rawFrom],
    to: [...chosen.to, ...rawTo.map(tolerantExport)],
  };
}

function chosenPlan(request: CacheRequest): CachePlan {
  switch (request.mode) {
    case "off":
      return off;
    case "registry":
      return registryPlan(request);
    case "gha":
      return ghaPlan(request);
    case "local":
      return localPlan(request);
    case "auto":
      return automaticPlan(request);
  }
}

function automaticPlan(request: CacheRequest): CachePlan {
  const { image, loggedIn, exports, service } = request;
  const login = image !== undefined && loggedIn.includes(image.registry);
  if (login) return registryPlan(request);
  if (service === "offered" && exports.includes("gha")) return ghaPlan(request);
  const registry = image ? `is not logged in to ${image.registry}` : "names no image";
  const actions = exports.includes("gha")
    ? "the runner offers no Actions cache"
    : "the engine cannot use the Actions cache";
  return { ...off, notes: [`No build cache: the job ${registry}, and ${actions}.`] };
}

function registryPlan(request: CacheRequest): CachePlan {
  const { image, exports, run } = request;
  if (image === undefined)
    return { ...off, notes: ["No build cache: cache: registry needs an image to keep it beside."] };
  if (!exports.includes("registry") && !exports.includes("inline"))
    return { ...off, notes: ["No build cache: the engine can keep none in a registry."] };
  const writes = registryWrites(request, image);
  const notes = notesOf(writes);
  if (exports.includes("registry") && exports.includes("inline")) {
    const ref = cacheReference(request, image);
    return {
      ...off,
      kind: "registry",
      from: [`type=registry,ref=${ref}`],
      to: writes.granted
        ? [`type=registry,ref=${ref},mode=max,image-manifest=true,oci-mediatypes=true,ignore-error=true`]
        : [],
      notes,
    };
  }
  if (exports.includes("registry")) {
    // buildah and podman: images in the repository itself, each tagged with the hash of what it was made of.
    const line = `type=registry,ref=${image.name}`;
    const to = writes.granted ? [`${line},ignore-error=true`] : [];
    return { ...off, kind: "registry", from: [line], to, notes };
  }
  const reference = cacheReference(request, image);
  return {
    ...off,
    kind: "inline",
    from: [`type=registry,ref=${reference}`],
    to: writes.granted ? ["type=inline"] : [],
    inlineReference: mayWrite(run).granted && writes.granted ? reference : undefined,
    notes,
  };
}

/** Beside the image under a tag of its own; no tag rule makes one that begins like this by chance. */
function cacheReference(request: CacheRequest, image: Repository): string {
  return `${image.name}:buildcache-${scopeOf(request)}`;
}

function registryWrites({ run, loggedIn }: CacheRequest, image: Repository): Permission {
  if (!loggedIn.includes(image.registry))
    return {
      granted: false,
      reason: `the job is not logged in to ${image.registry}, so that it only reads it`,
    };
  return mayWrite(run);
}

function ghaPlan(request: CacheRequest): CachePlan {
  const { service, run } = request;
  if (service === "absent")
    return { ...off, notes: ["No build cache: the runner offers no Actions cache to this job."] };
  const writes = serviceGrants(run);
  const scope = `type=gha,scope=${scopeOf(request)}`;
  return {
    ...off,
    kind: "gha",
    from: serviceReads(run) ? [scope] : [],
    to: writes.granted ? [`${scope},mode=min,ignore-error=true`] : [],
    notes: notesOf(writes),
  };
}

function localPlan(request: CacheRequest): CachePlan {
  const { service, run, sha, temporary } = request;
  if (service === "absent")
    return {
      ...off,
      notes: ["No build cache: cache: local is kept in the Actions cache, which the runner does not offer."],
    };
  const writes = serviceGrants(run);
  const prefix = `ship-image-${scopeOf(request)}-`;
  return {
    ...off,
    kind: "local",
    local: {
      directory: `${temporary}/ship-cache-${scopeOf(request)}`,
      key: `${prefix}${sha}`,
      restoreKeys: [prefix],
      save: writes.granted,
    },
    notes: notesOf(writes),
  };
}

function serviceGrants(run: CacheRun): Permission {
  if (!serviceWrites(run))
    return { granted: false, reason: `the runner's ACTIONS_CACHE_MODE is ${run.serviceMode ?? ""}` };
  return mayWrite(run);
}

function scopeOf({ image, build }: CacheRequest): string {
  return cacheScope({ ...build, image: image?.name ?? "" });
}

function notesOf(writes: Permission): readonly string[] {
  return writes.granted ? [] : [`The build cache is not written: ${writes.reason}.`];
}
