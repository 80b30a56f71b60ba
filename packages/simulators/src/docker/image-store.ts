import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** An image in the store of the stand-in engine. */
export interface Image {
  /** Digest of `config`. */
  readonly id: string;
  /** JSON of the image configuration. */
  readonly config: string;
  /** The one layer, base64. */
  readonly layer: string;
  readonly size: number;
  readonly repoDigests: readonly string[];
}

/** Where the stand-in engine keeps what it knows between calls of the command line. */
export interface Store {
  readonly directory: string;
  engine(): "running" | "down";
  buildx(): "present" | "absent";
  /** Version of the command line. */
  client(): string;
}

/** Opens the store of an installation. */
export function openStore(directory: string): Store {
  mkdirSync(join(directory, "images"), { recursive: true });
  const setting = (name: string) => {
    const file = join(directory, name);
    return existsSync(file) ? readFileSync(file, "utf8") : undefined;
  };
  return {
    directory,
    engine: () => (setting("engine-state") === "down" ? "down" : "running"),
    buildx: () => (setting("buildx-state") === "absent" ? "absent" : "present"),
    client: () => setting("client-version") ?? "28.2.2",
  };
}

/** What an image is made of. */
export interface ImageParts {
  readonly context: string;
  /** What the instructions did. */
  readonly result: string;
  /** `os/architecture[/variant]` */
  readonly platform: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly instructions: readonly string[];
  /** Seconds since 1970. */
  readonly created: string | undefined;
}

/** Makes an image whose layer is the names and sizes of the context's files: other content, other digest. */
export function makeImage({ context, result, platform, labels, instructions, created }: ImageParts): Image {
  const layer = Buffer.from(`${listing(context)}\n${result}`);
  const [os, architecture, variant] = platform.split("/");
  const config = JSON.stringify({
    architecture,
    os,
    ...(variant && { variant }),
    ...(created && { created: new Date(Number(created) * 1_000).toISOString() }),
    config: { Labels: labels },
    history: instructions.map((instruction) => ({ created_by: instruction })),
    rootfs: { type: "layers", diff_ids: [sha256(layer)] },
  });
  return {
    id: sha256(Buffer.from(config)),
    config,
    layer: layer.toString("base64"),
    size: layer.byteLength,
    repoDigests: [],
  };
}

/** The names, sizes and digests of a context's files; empty for a context that is no folder of this machine. */
export function listing(context: string): string {
  if (!existsSync(context)) return "";
  return readdirSync(context, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => `${path.slice(context.length)} ${statSync(path).size} ${sha256(readFileSync(path))}`)
    .sort()
    .join("\n");
}

/** Remembers an image under a reference or its id. */
export function saveImage(store: Store, name: string, image: Image): void {
  writeFileSync(fileOf(store, name), JSON.stringify(image));
}

/** The image behind a reference or id. */
export function loadImage(store: Store, name: string): Image | undefined {
  const file = fileOf(store, name);
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Image) : undefined;
}

/** `sha256:` and the hex digest of some bytes. */
export function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
}

function fileOf(store: Store, name: string): string {
  return join(store.directory, "images", encodeURIComponent(name));
}
