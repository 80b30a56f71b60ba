import type { Clock } from "#ship/kit";
import type { BlobStore } from "./blob-store.ts";
import { digestOf, isDigest } from "./digest.ts";
import { type Manifest, parseManifest } from "./manifest.ts";
import { RegistryError } from "./registry-error.ts";

/** A manifest as it was pushed. */
export interface StoredManifest {
  readonly digest: string;
  readonly mediaType: string;
  readonly body: Buffer;
  readonly content: Manifest;
  /** Milliseconds since the epoch. */
  readonly pushedAt: number;
}

/** One repository's content. */
export interface Repository {
  readonly name: string;
  /** Digests of blobs that were pushed to or mounted into this repository. */
  readonly blobs: Set<string>;
  readonly manifests: Map<string, StoredManifest>;
  /** Digest by tag. */
  readonly tags: Map<string, string>;
}

/** What the owner of a registry decides about its repositories. */
export interface RepositoryPolicy {
  /** Whether a repository may be used; without a rule, a push creates it. */
  exists?(name: string): boolean;
  /** The error text for a repository that does not exist. */
  unknownMessage?(name: string): string;
  /** Whether a tag, once set, may not move. */
  immutable?(name: string, tag: string): boolean;
}

/** The repositories of a registry. */
export interface Repositories {
  readonly all: ReadonlyMap<string, Repository>;
  readonly blobs: BlobStore;
  /** The repository; created by a push where the policy has no say. Throws `NAME_UNKNOWN` or `NAME_INVALID`. */
  open(name: string, purpose: "pull" | "push"): Repository;
  /** A manifest by tag or digest. */
  find(repository: Repository, reference: string): StoredManifest | undefined;
  /** Stores a manifest under a tag or its own digest. Throws a {@link RegistryError}. */
  put(
    repository: Repository,
    reference: string | undefined,
    mediaType: string,
    body: Buffer,
  ): Promise<StoredManifest>;
  remove(name: string): void;
}

/** What a repository may be called. Source: OCI distribution specification 1.1, "Pulling manifests". */
export const repositoryNamePattern =
  /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$/;
const tagPattern = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;

/** Creates empty {@link Repositories} over a blob store. */
export function createRepositories(options: {
  readonly clock: Clock;
  readonly blobs: BlobStore;
  readonly policy: RepositoryPolicy;
}): Repositories {
  const { clock, policy } = options;
  const all = new Map<string, Repository>();

  const open: Repositories["open"] = (name, purpose) => {
    if (!repositoryNamePattern.test(name) || name.length > 255) {
      throw new RegistryError("NAME_INVALID", `invalid repository name: ${name}`);
    }
    const known = all.get(name);
    if (policy.exists ? !policy.exists(name) : !known && purpose === "pull") {
      const message = policy.unknownMessage?.(name) ?? "repository name not known to registry";
      throw new RegistryError("NAME_UNKNOWN", message, { detail: { name } });
    }
    const repository = known ?? { name, blobs: new Set(), manifests: new Map(), tags: new Map() };
    all.set(name, repository);
    return repository;
  };

  const checkTag = (repository: Repository, tag: string, digest: string) => {
    if (!tagPattern.test(tag)) {
      throw new RegistryError(
        "TAG_INVALID",
        `invalid tag: ${tag}. A tag has 1 to 128 characters of A-Z a-z 0-9 _ . - and does not begin with . or -`,
      );
    }
    const current = repository.tags.get(tag);
    if (current !== undefined && current !== digest && policy.immutable?.(repository.name, tag)) {
      throw new RegistryError(
        "TAG_INVALID",
        `The image tag '${tag}' already exists in the '${repository.name}' repository and cannot be overwritten because the tag is immutable.`,
      );
    }
  };

  return {
    all,
    blobs: options.blobs,
    open,
    find(repository, reference) {
      return repository.manifests.get(repository.tags.get(reference) ?? reference);
    },
    async put(repository, reference, mediaType, body) {
      const content = parseManifest(body, mediaType);
      const byDigest = reference !== undefined && isDigest(reference);
      const digest = digestOf(body, byDigest ? reference : undefined);
      if (byDigest && digest !== reference) {
        throw new RegistryError(
          "DIGEST_INVALID",
          `provided digest ${reference} did not match uploaded content, which is ${digest}`,
        );
      }
      if (reference !== undefined && !byDigest) checkTag(repository, reference, digest);
      checkReferences(repository, content);
      const known = repository.manifests.get(digest);
      const stored = known ?? { digest, mediaType, body, content, pushedAt: clock.now() };
      repository.manifests.set(digest, stored);
      if (reference !== undefined && !byDigest) repository.tags.set(reference, digest);
      return stored;
    },
    remove: (name) => void all.delete(name),
  };
}

function checkReferences(repository: Repository, content: Manifest): void {
  const blobs = [content.config, ...(content.layers ?? [])].flatMap((item) => (item ? [item.digest] : []));
  const missing = [
    ...blobs.filter((digest) => !repository.blobs.has(digest)),
    ...(content.manifests ?? [])
      .map((item) => item.digest)
      .filter((digest) => !repository.manifests.has(digest)),
  ];
  if (missing.length > 0) {
    throw new RegistryError(
      "MANIFEST_BLOB_UNKNOWN",
      `manifest references content that was not pushed to ${repository.name}: ${missing.join(", ")}`,
      { detail: { digest: missing[0] } },
    );
  }
}
