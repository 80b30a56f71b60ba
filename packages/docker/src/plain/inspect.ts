import type { Session } from "../engine/program.ts";

/** An image in a store. */
export interface StoredImage {
  /** By which the store knows it. */
  readonly name: string;
  /** `sha256:…` */
  readonly id: string;
  /** Bytes, uncompressed. */
  readonly sizeBytes: number;
  /** `os/architecture[/variant]` */
  readonly platform: string;
}

/** An engine leaves the variant out where there is none, and docker's templates fail on a field that is not there. */
const format = '{{.Id}} {{.Size}} {{.Os}}/{{.Architecture}}{{with index . "Variant"}}/{{.}}{{end}}';

/** Looks an image up under the first name that the store knows. Containerd's store does not know images by their config. */
export async function inspectImage(
  names: readonly (string | undefined)[],
  { call, signal }: Session,
): Promise<StoredImage | undefined> {
  for (const name of names) {
    if (name === undefined) continue;
    const { exitCode, stdout } = await call(["image", "inspect", "--format", format, name], { signal });
    if (exitCode !== 0) continue;
    const [id = "", size = "", platform = ""] = stdout.trim().split(/\s+/);
    return { name, id: id.includes(":") ? id : `sha256:${id}`, sizeBytes: Number(size), platform };
  }
  return undefined;
}
