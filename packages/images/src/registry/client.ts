import type { Clock, Log } from "#ship/kit";
import type { Repository } from "../reference.ts";
import { createAuthorizer } from "./authorizer.ts";
import { eachOf } from "./bounded-parallelism.ts";
import { type Copied, copyImage, type ImageSource, required } from "./copy.ts";
import type { Login } from "./credentials.ts";
import { type ImageConfig, readImageConfig } from "./image-config.ts";
import { type IndexPlan, type StoredIndex, writeIndex } from "./index-manifest.ts";
import { isImage, type Manifest } from "./manifest.ts";
import { type NewManifest, readDigest, readManifest, writeManifest } from "./manifests.ts";
import { createTransport } from "./transport.ts";

/**
 * Reads and writes registries over the OCI distribution API. Every method throws a ShipError in the registry's words:
 * `CREDENTIALS_INVALID`, `ACCESS_DENIED`, `SERVICE_UNAVAILABLE` after all attempts, `PUSH_FAILED` or `REQUEST_REJECTED` for
 * another refusal, `DIGEST_MISMATCH` for content that is not what it should be; and the signal's reason after an abort.
 */
export interface RegistryClient {
  /** Digest behind a tag or digest; `undefined` when the registry has none. */
  digest(repository: Repository, reference: string, signal: AbortSignal): Promise<string | undefined>;
  /** The manifest behind a tag or digest; `undefined` when the registry has none. */
  manifest(repository: Repository, reference: string, signal: AbortSignal): Promise<Manifest | undefined>;
  /** Stores a manifest under a tag or its digest and reads it back; answers the digest. @throws ShipError also `IMAGE_EXISTS` */
  putManifest(
    repository: Repository,
    reference: string,
    manifest: NewManifest,
    signal: AbortSignal,
  ): Promise<string>;
  /** What a single image says of itself. */
  config(repository: Repository, manifest: Manifest, signal: AbortSignal): Promise<ImageConfig>;
  /** Bytes of an image as it is stored: configuration and layers; of an index those of all its images. */
  size(repository: Repository, manifest: Manifest, signal: AbortSignal): Promise<number>;
  /** Makes an index of images that are there already. @throws ShipError also `PLATFORMS_WRONG` */
  index(plan: IndexPlan, signal: AbortSignal): Promise<StoredIndex>;
  /** Copies an image or a whole index and gives it tags; without tags it is stored by its digest. @throws ShipError also `NOT_FOUND` */
  copy(source: ImageSource, to: Repository, tags: readonly string[], signal: AbortSignal): Promise<Copied>;
}

/** What the client works with. */
export interface RegistryOptions {
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  /** The login for a registry; `undefined` where there is none. Asked once for each. */
  login(registry: string): Promise<Login | undefined>;
  /** Attempts of a request in all, the first included; six unless told. */
  readonly attempts?: number;
  readonly log?: Pick<Log, "debug">;
}

const usualAttempts = 6;
const parallelReads = 4;

/** Creates a {@link RegistryClient}. 429, 5xx and broken connections are tried again; refusals are not. */
export function createRegistryClient(options: RegistryOptions): RegistryClient {
  const { fetch, clock, log, attempts = usualAttempts } = options;
  const authorizer = createAuthorizer({ fetch, clock, login: options.login });
  const transport = createTransport({ fetch, clock, authorizer, attempts, log });
  return {
    digest: (repository, reference, signal) => readDigest(transport, repository, reference, signal),
    manifest: (repository, reference, signal) => readManifest(transport, repository, reference, signal),
    putManifest: (repository, reference, manifest, signal) =>
      writeManifest(transport, repository, reference, manifest, signal),
    config: (repository, manifest, signal) => readImageConfig(transport, repository, manifest, signal),
    async size(repository, { content }, signal) {
      const images =
        content.kind === "image"
          ? [content]
          : await eachOf(
              content.manifests.filter(isImage),
              parallelReads,
              async ({ digest }, within) =>
                (await required(transport, { repository, reference: digest }, within)).content,
              signal,
            );
      const blobs = images.flatMap((image) =>
        image.kind === "image" ? [image.config, ...image.layers] : [],
      );
      const sizes = new Map(blobs.map(({ digest, size }) => [digest, size]));
      return [...sizes.values()].reduce((sum, size) => sum + size, 0);
    },
    index: (plan, signal) => writeIndex(transport, plan, signal),
    copy: (source, to, tags, signal) => copyImage(transport, source, to, tags, signal),
  };
}
