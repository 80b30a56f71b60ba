/** What `--metadata-file` says that is needed here; everything else is passed on as it is. */
export interface Metadata {
  /** Digest of the manifest or index that was exported. */
  readonly digest: string | undefined;
  /** Config digest, of single images without attestations. */
  readonly config: string | undefined;
  readonly document: unknown;
}

/** Reads the metadata of a build (docker docs, buildx build --metadata-file). */
export function readMetadata(text: string | undefined): Metadata {
  const document = parse(text);
  const member = (name: string) => {
    if (typeof document !== "object" || document === null) return undefined;
    const value = (document as Readonly<Record<string, unknown>>)[name];
    return typeof value === "string" && value !== "" ? value : undefined;
  };
  return {
    digest: member("containerimage.digest"),
    config: member("containerimage.config.digest"),
    document,
  };
}

function parse(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
