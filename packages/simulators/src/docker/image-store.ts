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
}

/** Opens the store of an installation. */
export function openStore(directory: string): Store {
  mkdirSync(join(directory, "images"), { recursive: true });
  return {
    directory,
    engine() {
      const file = join(directory, "engine-state");
      return existsSync(file) && readFileSync(file, "utf8") === "down" ? "down" : "running";
    },
  };
}

/** Makes an image whose layer is the names and sizes of the context's files: other content, other digest. */
export function buildLayer(context: string, labels: Readonly<Record<string, string>>): Image {
  const listing = readdirSync(context, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => `${path.slice(context.length)} ${statSync(path).size} ${sha256(readFileSync(path))}`)
    .sort()
    .join("\n");
  const layer = Buffer.from(listing);
  const config = JSON.stringify({
    architecture: "amd64",
    os: "linux",
    config: { Labels: labels },
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
