import * as z from "zod/mini";
import { ShipError } from "#ship/kit";
import { digestOf } from "./digest.ts";
import { platformText } from "./platform.ts";

/** Media types of manifests: the OCI image specification's, and Docker's image manifest version 2, schema 2. */
export const mediaTypes = {
  ociIndex: "application/vnd.oci.image.index.v1+json",
  ociManifest: "application/vnd.oci.image.manifest.v1+json",
  dockerList: "application/vnd.docker.distribution.manifest.list.v2+json",
  dockerManifest: "application/vnd.docker.distribution.manifest.v2+json",
} as const;

/** A registry answers 404 for a manifest whose media type is not asked for. */
export const acceptedTypes = Object.values(mediaTypes).join(", ");

/** Bytes that a registry has to accept for a manifest (OCI distribution specification 1.1, "Pushing Manifests"). */
export const manifestLimit = 4 * 1024 * 1024;

const platform = z.object({
  os: z.string(),
  architecture: z.string(),
  variant: z.optional(z.string()),
  "os.version": z.optional(z.string()),
});
const descriptor = z.object({
  mediaType: z.string(),
  digest: z.string(),
  size: z.number(),
  urls: z.optional(z.array(z.string())),
  platform: z.optional(platform),
  annotations: z.optional(z.record(z.string(), z.string())),
});
const document = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.optional(z.string()),
  config: z.optional(descriptor),
  layers: z.optional(z.array(descriptor)),
  manifests: z.optional(z.array(descriptor)),
});

/** What a manifest says of a piece of content. Sizes in bytes. */
export type Descriptor = z.output<typeof descriptor>;

/** A manifest as its registry stores it, byte for byte. */
export interface Manifest {
  readonly mediaType: string;
  readonly digest: string;
  readonly bytes: Uint8Array;
  /** What it lists: the images of an index, or the configuration and layers of an image. */
  readonly content:
    | { readonly kind: "index"; readonly manifests: readonly Descriptor[] }
    | { readonly kind: "image"; readonly config: Descriptor; readonly layers: readonly Descriptor[] };
  /** Platforms of an index, for example `linux/arm64`; absent for a single image, whose configuration knows it. */
  readonly platforms?: readonly string[];
}

/**
 * Reads the bytes of a manifest.
 * @param contentType the Content-Type header they came with
 * @throws ShipError `REQUEST_REJECTED` for something that is no OCI or Docker schema 2 manifest
 */
export function parseManifest(bytes: Uint8Array, contentType: string | null, like?: string): Manifest {
  const read = document.safeParse(parseJson(bytes));
  const sent = contentType?.split(";")[0]?.trim();
  if (!read.success) throw unreadable(sent);
  const { config, layers, manifests } = read.data;
  const mediaType = read.data.mediaType ?? sent ?? "";
  const common = { mediaType, digest: digestOf(bytes, like), bytes };
  if (manifests !== undefined) {
    const platforms = manifests.flatMap((entry) =>
      isImage(entry) && entry.platform ? [platformText(entry.platform)] : [],
    );
    return { ...common, content: { kind: "index", manifests }, platforms };
  }
  if (config === undefined || layers === undefined) throw unreadable(sent);
  return { ...common, content: { kind: "image", config, layers } };
}

/** False for the attestations in an index, which are no images (BuildKit: attestation storage). */
export function isImage({ annotations, platform }: Descriptor): boolean {
  if (annotations?.["vnd.docker.reference.type"] !== undefined) return false;
  return platform?.os !== "unknown";
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch {
    return undefined;
  }
}

function unreadable(type: string | undefined): ShipError {
  return new ShipError(
    "REQUEST_REJECTED",
    `The registry answered a manifest of type ${type ?? "unknown"} that is neither an OCI nor a Docker schema 2 manifest.`,
    { hint: "Build and push the image anew with a current engine." },
  );
}
