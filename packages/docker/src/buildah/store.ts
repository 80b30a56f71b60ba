import type { Session } from "../engine/program.ts";

/** An image in the store that buildah and podman share. */
export interface ContainerImage {
  /** `os/architecture[/variant]`. */
  readonly platform: string;
  readonly sizeBytes: number | undefined;
  /** Words that the image puts before the command line. */
  readonly entrypoint: readonly string[];
}

const separator = "\u001f";
const formats = {
  buildah: `{{.OCIv1.OS}}/{{.OCIv1.Architecture}}/{{.OCIv1.Variant}}${separator}{{.Manifest}}${separator}{{range .OCIv1.Config.Entrypoint}}{{.}}${separator}{{end}}`,
  podman: `{{.Os}}/{{.Architecture}}/${separator}{{.Size}}${separator}`,
} as const;

/** Looks at an image of the store. @returns `undefined` when there is none of that name */
export async function describeImage(
  name: "buildah" | "podman",
  id: string,
  { call, signal }: Session,
): Promise<ContainerImage | undefined> {
  const args = name === "buildah" ? ["inspect", "--type", "image"] : ["image", "inspect"];
  const { exitCode, stdout } = await call([...args, "--format", formats[name], id], { signal });
  if (exitCode !== 0) return undefined;
  const [platform = "", size = "", ...entrypoint] = stdout.split(separator);
  return {
    platform: platform.trim().replace(/\/$/, ""),
    sizeBytes: name === "buildah" ? layerBytes(size) : Number(size),
    entrypoint: entrypoint.filter((word) => word.trim() !== ""),
  };
}

/** Layers lie uncompressed in the store, so their sizes in the manifest are those of the files. */
function layerBytes(manifest: string): number | undefined {
  try {
    const document = JSON.parse(manifest) as { readonly layers?: readonly { readonly size?: number }[] };
    return document.layers?.reduce((sum, { size = 0 }) => sum + size, 0);
  } catch {
    return undefined;
  }
}

/** Whether an image is of a platform; a wish without a variant takes any (`linux/arm64` is `linux/arm64/v8`). */
export function isOfPlatform(image: string, wanted: string): boolean {
  return image === wanted || (wanted.split("/").length === 2 && image.startsWith(`${wanted}/`));
}
