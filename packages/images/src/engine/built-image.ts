/** One instruction of a Dockerfile as the engine carried it out. */
export interface BuildStep {
  /** Position, with stage and platform where there are several: `build 2/4`. */
  readonly name: string;
  /** `RUN npm ci`. */
  readonly instruction: string;
  readonly state: "cached" | "built";
  /** Milliseconds; `undefined` where the engine does not say. */
  readonly tookMs: number | undefined;
}

/** An image as an engine built it. */
export interface BuiltImage {
  /** Config digest `sha256:…`; of several platforms the digest of the index, or the config of the first. */
  readonly id: string;
  /** Bytes of the layers, uncompressed; `undefined` where the image is only in the builder's cache. */
  readonly sizeBytes: number | undefined;
  /** `os/architecture[/variant]` of each image; the engine's own when the plan named none. */
  readonly platforms: readonly string[];
  /** What the engine's store calls the image that can be run and scanned; `undefined` where it is only in the cache. */
  readonly local: string | undefined;
  readonly steps: readonly BuildStep[];
  readonly warnings: readonly string[];
  /** What BuildKit wrote about the build (`--metadata-file`); `undefined` where the engine writes nothing. */
  readonly metadata: unknown;
  /** One image per platform in the engine's store, where the engine cannot put them together. */
  readonly parts: readonly BuiltPart[];
}

/** The image of one platform among several. */
export interface BuiltPart {
  readonly platform: string;
  /** Config digest. */
  readonly id: string;
}

/** What a push left in the registries. */
export type Publication =
  /** Every reference names the image; by reference, the digest that the engine reports, where it says. */
  | { readonly kind: "complete"; readonly digests: ReadonlyMap<string, string | undefined> }
  /** Images of single platforms lie in each repository under a staging tag; the index and the tags are still to be written. */
  | { readonly kind: "parts"; readonly parts: readonly PushedPart[] };

/** The image of one platform in a repository. */
export interface PushedPart {
  /** Name of the repository, as references write it. */
  readonly repository: string;
  readonly platform: string;
  /** Manifest digest. */
  readonly digest: string;
  /** Tag that keeps the part from being collected until the index names it. */
  readonly stagingTag: string;
}
