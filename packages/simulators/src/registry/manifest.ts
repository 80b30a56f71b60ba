import { z } from "zod";
import { RegistryError } from "./registry-error.ts";

/** Media types of single images; everything else with `manifests` is an index. */
export const mediaTypes = {
  dockerManifest: "application/vnd.docker.distribution.manifest.v2+json",
  dockerList: "application/vnd.docker.distribution.manifest.list.v2+json",
  ociManifest: "application/vnd.oci.image.manifest.v1+json",
  ociIndex: "application/vnd.oci.image.index.v1+json",
} as const;

const descriptor = z.looseObject({
  mediaType: z.string(),
  digest: z.string(),
  size: z.number().int().min(0),
  artifactType: z.string().optional(),
  annotations: z.record(z.string(), z.string()).optional(),
});

const manifest = z.looseObject({
  schemaVersion: z.literal(2),
  mediaType: z.string().optional(),
  artifactType: z.string().optional(),
  config: descriptor.optional(),
  layers: z.array(descriptor).optional(),
  manifests: z.array(descriptor).optional(),
  subject: descriptor.optional(),
  annotations: z.record(z.string(), z.string()).optional(),
});

/** What a registry reads from a manifest. */
export type Manifest = z.output<typeof manifest>;

/** Registries refuse larger manifests; 4 MiB is what the specification asks every registry to accept. */
export const manifestLimit = 4 * 1024 * 1024;

/**
 * Parses a manifest and checks it against the media type it was sent with.
 * Throws `MANIFEST_INVALID` with what is wrong.
 */
export function parseManifest(body: Buffer, mediaType: string): Manifest {
  let document: unknown;
  try {
    document = JSON.parse(body.toString("utf8"));
  } catch {
    throw invalid("the manifest is not JSON");
  }
  const parsed = manifest.safeParse(document);
  if (!parsed.success) throw invalid(z.prettifyError(parsed.error));
  const { data } = parsed;
  if (data.mediaType !== undefined && data.mediaType !== mediaType) {
    throw invalid(`the manifest says mediaType ${data.mediaType} but was sent as ${mediaType}`);
  }
  if (isIndexType(mediaType) ? !data.manifests : !data.config || !data.layers) {
    throw invalid(
      isIndexType(mediaType) ? "an index needs manifests" : "an image manifest needs config and layers",
    );
  }
  return data;
}

/** True for the media types of multi-platform indexes. */
export function isIndexType(mediaType: string): boolean {
  return mediaType === mediaTypes.ociIndex || mediaType === mediaTypes.dockerList;
}

function invalid(message: string): RegistryError {
  return new RegistryError("MANIFEST_INVALID", `manifest invalid: ${message}`);
}
