import * as z from "zod/mini";
import { ShipError } from "#ship/kit";
import type { Repository } from "../reference.ts";
import { readBlob } from "./blobs.ts";
import type { Manifest } from "./manifest.ts";
import type { Platform } from "./platform.ts";
import type { Transport } from "./transport.ts";

/** What an image says of itself (OCI image specification, config.md). */
export interface ImageConfig {
  /** Absent for artifacts that are no images. */
  readonly platform: Platform | undefined;
  readonly labels: Readonly<Record<string, string>>;
  /** RFC 3339. */
  readonly created: string | undefined;
}

const config = z.object({
  os: z.optional(z.string()),
  architecture: z.optional(z.string()),
  variant: z.optional(z.string()),
  "os.version": z.optional(z.string()),
  created: z.optional(z.nullable(z.string())),
  config: z.optional(
    z.nullable(z.object({ Labels: z.optional(z.nullable(z.record(z.string(), z.string()))) })),
  ),
});

/** Bytes; the configuration of an image grows with its history only. */
const limit = 8 * 1024 * 1024;

/**
 * Reads the configuration of a single image.
 * @throws ShipError, also when the manifest is an index or the configuration is not one of an image
 */
export async function readImageConfig(
  transport: Transport,
  repository: Repository,
  { content, digest }: Manifest,
  signal: AbortSignal,
): Promise<ImageConfig> {
  const name = `${repository.name}@${digest}`;
  if (content.kind === "index") {
    throw new ShipError(
      "REQUEST_REJECTED",
      `${name} is an index of several images; each has its own configuration.`,
    );
  }
  const bytes = await readBlob(transport, repository, content.config, limit, signal);
  const read = config.safeParse(parseJson(bytes));
  if (!read.success)
    throw new ShipError("REQUEST_REJECTED", `The configuration of ${name} is not that of an image.`);
  const { os, architecture, variant, created } = read.data;
  return {
    platform:
      os && architecture ? { os, architecture, variant, "os.version": read.data["os.version"] } : undefined,
    labels: read.data.config?.Labels ?? {},
    created: created ?? undefined,
  };
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch {
    return undefined;
  }
}
